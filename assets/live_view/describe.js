/* The view in words: the state of the run as one plain line with what can be done about it, for everybody. */

import { STAGES } from "./stages.js";

const VALUE = /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g; // {name}, or {name|where it is one|where it is more}

/**
 * Returns words(key, values): the label with its {names} filled in. A missing label shows its key. words.settings has
 * what a person reads of every setting (see settings.js).
 */
export function wordsFrom(labels, settings = {}) {
  const words = (key, values = {}) => fill(labels[key] ?? key, values);
  return Object.assign(words, { settings });
}

/** A text with its {names} filled in, and words in the form that fits their number; a name without a value stays. */
export function fill(text, values) {
  return text.replace(VALUE, (whole, name, one, more) => {
    if (!(name in values)) {
      return whole;
    }
    const value = String(values[name]);
    return one === undefined ? value : value === "1" ? one : more;
  });
}

/**
 * What data-state says. A connection's troubles come before what the last frame said.
 *
 * phase: of the connection (see connection.js). header: of the last frame, or null. live: whether that frame came over
 * the connection, or is the saved picture. asked: whether the person asked for something that needs the connection.
 */
export function stateOf({ phase, header, live, asked }) {
  if (phase === "lost" || phase === "waiting") {
    return phase;
  }
  if (phase === "refused") {
    return "stopped";
  }
  if (header && !live && !asked) {
    return "saved";
  }
  return phase === "open" && header ? header.state : "connecting";
}

/** { text, action }: the status line, and the name of the command offered beside it, or null. */
export function describe(state, session, words) {
  const { record, loss, waiting, untouched, recording } = session;
  const { header } = record;
  if (recording?.isPlayed) {
    const isBack = session.connection.phase === "open";
    const text = words("status_recorded", { seed: header.settings.seed });
    return { text, action: isBack ? words("recording_leave") : null };
  }
  const message = ["paused", "running", "diverged"].includes(state) ? header.message : null;
  const step = (header?.step ?? 0).toLocaleString("en");
  if (state === "paused" && header.stage && !message) {
    const [number, count] = [STAGES.indexOf(header.stage.name) + 1, STAGES.length];
    return { text: words("status_stage", { number, count }), action: null };
  }
  if (state === "saved" || (untouched && !message)) {
    return { text: words("status_saved", { step }), action: null };
  }
  if (state === "waiting") {
    return { text: waiting, action: null };
  }
  if (state === "lost") {
    const kept = loss.kept_step?.toLocaleString("en");
    const action = kept === undefined ? words("restart_from_start") : words("restart_from_step", { step: kept });
    return { text: loss.message, action };
  }
  if (state === "diverged") {
    return { text: message ?? words("status_diverged", { step }), action: words("rewind") };
  }
  if (state === "stopped") {
    return { text: words("status_stopped"), action: words("try_again") };
  }
  if (session.isCutOff) {
    const text = words(recording.isMissing ? "status_unrecorded" : "status_reconnecting");
    return { text, action: recording.isOffered ? words("recording_play") : null };
  }
  return { text: message ?? words(`status_${state}`, { step }), action: null };
}
