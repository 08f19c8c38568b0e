/* The picture that was saved with a situation's trained model: it is what is shown until the run itself answers. */

import { unpackAll } from "./frame.js";

export class SavedPicture {
  /** `show(members)` is called with its frames, `fail()` where it cannot be fetched. */
  constructor(show, fail) {
    this.show = show;
    this.fail = fail;
    this.forget();
  }

  /** Another situation was chosen, or other settings: a picture that still comes is no longer wanted. */
  forget() {
    this.address = this.step = null;
  }

  /** Without an address there is none. */
  async fetch(address) {
    if (!address) {
      return;
    }
    this.address = address;
    try {
      const response = await fetch(new URL(address, document.baseURI));
      if (!response.ok) {
        throw new Error(`The saved picture could not be fetched: status ${response.status}.`);
      }
      const members = unpackAll(await response.arrayBuffer());
      if (address === this.address) {
        this.step = members[0].header.step;
        this.show(members);
      }
    } catch (error) {
      console.error(error);
      if (address === this.address) {
        this.fail();
      }
    }
  }
}
