/* What a browser remembers for a page: as JSON, in this tab ("session") or in this browser ("local"). */

/** What was kept under a key, or null. */
export function kept(where, key) {
  try {
    return JSON.parse(storage(where)?.getItem(key) ?? "null");
  } catch (error) {
    if (error instanceof SyntaxError) {
      return null; // Somebody else wrote it.
    }
    throw error;
  }
}

export function keep(where, key, value) {
  storage(where)?.setItem(key, JSON.stringify(value));
}

/** A browser told to block site data throws on the first touch: then nothing is remembered. */
function storage(where) {
  try {
    return where === "local" ? window.localStorage : window.sessionStorage;
  } catch (error) {
    if (error instanceof DOMException && error.name === "SecurityError") {
      return null;
    }
    throw error;
  }
}
