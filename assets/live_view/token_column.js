/*
 * One token in slow motion: the plane that it is dragged on, and beside it every stage from its logits to its gradients,
 * each with its numbers. What is dragged is sent to the worker, and what is drawn is what the worker computed.
 */

import { element, setAttribute, setText } from "./dom.js";
import { Stage } from "./stage.js";
import { LogitSliders } from "./logit_sliders.js";
import { fixed } from "./numbers.js";
import { canDraw, logitScale, STAGES } from "./token_cells.js";
import { TokenChips } from "./token_chips.js";
import { lookOf, TokenInput } from "./token_input.js";
import { TokenStage } from "./token_stage.js";
import { Walk } from "./walk.js";
import { indexOfLargest } from "./way.js";

const FIRST_PLACE = { x: 0.8, y: 0.6 }; // between two experts, in most tasks
const FIRST_SAMPLE = 0; // where there are no places

export class TokenColumn {
  /** events: those of a column (see column.js), and look(fields) with what is looked at otherwise. */
  constructor(words, _member, events) {
    this.words = words;
    this.events = events;
    this.drawing = null; // the seed of the noise, or null for none
    const place = { ...events, point: () => {}, pin: (look) => look && !this.isRecorded && events.pin(look), drag: true };
    this.stage = new Stage(words, place);
    this.walk = new Walk(words, STAGES, (lit) => this.stages.forEach((stage) => stage.light(lit)));
    this.input = new TokenInput(words, {
      place: (look) => events.pin(look),
      target: (target) => events.look({ target }),
    });
    this.sliders = new LogitSliders(words, (offsets) => events.look({ logit_offsets: offsets }));
    this.buttons = {
      back: this.button("put_back", () => this.putBack()),
      noise: this.button("draw", () => this.drawNoise((this.drawing ?? -1) + 1)),
      clean: this.button("no_draw", () => this.drawNoise(null)),
    };
    const beside = { logits: [this.buttons.back], noise: [this.buttons.noise, this.buttons.clean] };
    this.stages = STAGES.map(
      (name, i) =>
        new TokenStage(words, name, i + 1, {
          choose: (chosen) => this.walk.goTo(chosen),
          beside: beside[name],
          ...(name === "logits" ? { row: this.logitsRow() } : {}),
        }),
    );
    this.chips = new TokenChips(words, this.walk.root);
    const list = element("ol", { class: "token-stages", "aria-label": words("token_title") });
    list.append(...this.stages.map(({ root }) => root));
    this.empty = element("p", { class: "token-empty" });
    this.stale = element("p", { class: "token-stale", role: "status", "data-testid": "token-stale", hidden: "" });
    this.full = element("div", { class: "token-full" }, this.chips.root, list);
    const hold = element("div", { class: "token-hold" }, this.stage.root, this.input.root);
    const right = element("div", { class: "token-beside" }, this.stale, this.empty, this.full);
    this.root = element("div", { class: "column token-column" }, hold, right);
    this.listen(list);
  }

  /** The first row has sliders, and its bars the scale that they are dragged by. */
  logitsRow() {
    const { sliders } = this;
    return {
      root: sliders.root,
      update: (cells) => this.token && sliders.update(cells, this.token.stages.clean, this.scale),
    };
  }

  button(name, act) {
    const attributes = { type: "button", class: "token-button", "data-testid": `token-${name}`, title: this.words(`token_${name}_hint`) };
    const button = element("button", attributes, this.words(`token_${name}`));
    button.addEventListener("click", act);
    return button;
  }

  /** An expert is followed while one of its cells is pointed at or has the focus. */
  listen(list) {
    const expertAt = ({ target }) => target.closest("[data-expert]")?.dataset.expert;
    const follow = (event) => {
      const number = expertAt(event);
      if (number && !this.sliders.held) {
        this.events.highlight(Number(number) - 1);
      }
    };
    list.addEventListener("pointerover", follow);
    list.addEventListener("focusin", follow);
    list.addEventListener("pointerleave", () => !this.sliders.held && this.events.highlight(null));
  }

  /** The logits as the router gives them. */
  putBack() {
    if (this.sliders.isMoved) {
      this.sliders.putBack();
    }
  }

  drawNoise(seed) {
    this.drawing = seed;
    this.events.look({ draw: seed });
  }

  take({ sources = {} }) {
    this.stages.forEach((stage) => stage.take(sources[stage.name] ?? []));
  }

  get isVisible() {
    return this.stage.surface.isVisible;
  }

  /** A token is always there: where none was put yet, it starts at a place of its own. */
  draw(moment) {
    const { record, focus, answers } = moment;
    const { header } = record;
    this.stage.draw(moment);
    if (!focus.pin) {
      this.putFirst(header.picture);
    }
    this.holdRecorded(focus.pin, header);
    this.releaseMoved(focus.pin, header);
    this.showPlace(focus, header);
    const { pointed = null } = header;
    const stages = pointed?.stages ?? null;
    this.input.update({ header, pointed, pin: focus.pin, theme: moment.theme, placeOf: (sample) => this.stage.placeOf(sample) });
    this.full.hidden = stages === null;
    this.empty.hidden = stages !== null || (answers && !pointed);
    this.showStale(answers, header);
    if (stages === null) {
      this.putBack();
      setText(this.empty, this.words(pointed ? "token_empty_router" : "token_empty"));
      return;
    }
    this.stages.forEach((stage) => stage.present(moment.theme.present));
    this.show(pointed, header, focus.highlight);
  }

  putFirst(picture) {
    if (["plane", "line"].includes(picture)) {
      this.stage.pinAt(FIRST_PLACE);
    } else {
      this.events.pin({ place: this.stage.placeOf(FIRST_SAMPLE), at: null, sample: FIRST_SAMPLE });
    }
  }

  /** A moved logit is one token's, of one run: another token has the logits that the router gives it. */
  releaseMoved(pin, { run_version: run }) {
    const key = JSON.stringify([pin?.at, pin?.sample, run]);
    if (this.tokenKey !== key) {
      this.tokenKey = key;
      this.putBack();
    }
  }

  /** In a recording the token is the one that was followed, and nothing of it can be moved. */
  holdRecorded(pin, header) {
    const { recorded = false, pointed } = header;
    this.isRecorded = recorded;
    this.input.root.inert = this.sliders.root.inert = recorded;
    if (recorded && String(pin?.at) !== String(pointed.inputs)) {
      this.events.pin(lookOf(header, pointed.inputs));
    }
  }

  /** Numbers that nobody answers for are said to be old, or recorded. */
  showStale(answers, { pointed, recorded = false }) {
    this.stale.hidden = answers || !pointed;
    this.full.classList.toggle("stale", !this.stale.hidden && !recorded);
    if (!this.stale.hidden) {
      const at = pointed.inputs.slice(0, 2).map((value) => fixed(value ?? NaN, 2));
      setText(this.stale, this.words(recorded ? "token_recorded" : "token_stale", { place: at.join(", ") }));
    }
  }

  showPlace({ pin }, { picture }) {
    const isShown = pin !== null && (picture !== "matrix" || this.stage.mode === "projection");
    this.root.classList.toggle("pointing", pin !== null && picture === "plane");
    this.root.classList.toggle("pinned", isShown);
    if (pin) {
      this.root.style.setProperty("--x", `${100 * pin.place.x}%`);
      this.root.style.setProperty("--y", `${100 * pin.place.y}%`);
    }
  }

  show(pointed, { settings }, highlight) {
    const { experts, stages, probabilities, inputs } = pointed;
    const label = probabilities ? stages.target[0] : 0;
    const followed = highlight < experts.length && highlight !== null ? highlight : mostAsked(experts);
    this.token = { ...pointed, settings, label, followed };
    this.scale = this.sliders.held ? this.scale : logitScale(this.token);
    this.chips.update(experts.length, followed);
    this.stages.forEach((stage) => stage.update(this.token, this.scale));
    const { back, noise, clean } = this.buttons;
    back.hidden = !this.sliders.isMoved;
    noise.hidden = !canDraw(settings);
    clean.hidden = stages.draw === null || !canDraw(settings);
    setText(noise, this.words(stages.draw === null ? "token_draw" : "token_draw_again"));
    setAttribute(this.full, "data-inputs", JSON.stringify(inputs));
    setAttribute(this.full, "data-asked", experts.map(({ chosen }, e) => (chosen ? e + 1 : 0)).filter(Boolean).join(" "));
  }

  /** The arrow keys walk through the stages. */
  step(by) {
    this.walk.step(by);
  }

  dispose() {
    this.walk.pause();
    this.stage.dispose();
    this.root.remove();
  }
}

/** Who counts most; of none that counts, who was compared best. */
function mostAsked(experts) {
  const gates = experts.map(({ gate }) => gate);
  return indexOfLargest(Math.max(...gates) > 0 ? gates : experts.map(({ selection }) => selection));
}
