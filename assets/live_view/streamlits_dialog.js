/*
 * When the server is gone, Streamlit covers the page with a dialog that says so, and makes all that is under it inert.
 * A view that says the same, and may offer a recorded run, closes the dialog. Once it was closed, Streamlit does not
 * open it again until it was connected.
 */

const DIALOG = "body > [data-testid=stDialog]";
const TITLE = "Connection error";

export class StreamlitsDialog {
  /** isSaid() tells whether the view says that the connection is gone. */
  constructor(isSaid) {
    this.isSaid = isSaid;
    this.observer = new MutationObserver(() => this.closeIfSaid());
    this.observer.observe(document.body, { childList: true });
  }

  /** It may be there before the view says so: then this is called as soon as it does. */
  closeIfSaid() {
    const dialog = this.isSaid() ? document.querySelector(DIALOG) : null;
    if (dialog?.querySelector("h2")?.textContent === TITLE) {
      dialog.querySelector("button").click();
    }
  }

  dispose() {
    this.observer.disconnect();
  }
}
