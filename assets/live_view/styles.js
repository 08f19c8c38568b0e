/* The style sheets of the view, in the order in which they apply: one for each part. */

import base from "./styles/base.css" with { type: "css" };
import layout from "./styles/layout.css" with { type: "css" };
import transport from "./styles/transport.css" with { type: "css" };
import stage from "./styles/stage.css" with { type: "css" };
import mixture from "./styles/mixture.css" with { type: "css" };
import cards from "./styles/cards.css" with { type: "css" };
import manyCards from "./styles/many_cards.css" with { type: "css" };
import draw from "./styles/draw.css" with { type: "css" };
import curves from "./styles/curves.css" with { type: "css" };
import stepValues from "./styles/step_values.css" with { type: "css" };
import inspector from "./styles/inspector.css" with { type: "css" };
import pulls from "./styles/pulls.css" with { type: "css" };
import inside from "./styles/inside.css" with { type: "css" };
import timeline from "./styles/timeline.css" with { type: "css" };
import stages from "./styles/stages.css" with { type: "css" };
import narrator from "./styles/narrator.css" with { type: "css" };
import exporting from "./styles/export.css" with { type: "css" };
import status from "./styles/status.css" with { type: "css" };
import hint from "./styles/hint.css" with { type: "css" };
import guess from "./styles/guess.css" with { type: "css" };
import meters from "./styles/meters.css" with { type: "css" };
import group from "./styles/group.css" with { type: "css" };
import manyMembers from "./styles/many_members.css" with { type: "css" };
import lesson from "./styles/lesson.css" with { type: "css" };
import room from "./styles/room.css" with { type: "css" };
import roomGroup from "./styles/room_group.css" with { type: "css" };
import home from "./styles/home.css" with { type: "css" };
import walk from "./styles/walk.css" with { type: "css" };
import tokenRow from "./styles/token_row.css" with { type: "css" };
import tokenInput from "./styles/token_input.css" with { type: "css" };
import tokenSource from "./styles/token_source.css" with { type: "css" };
import token from "./styles/token.css" with { type: "css" };
import roomToken from "./styles/room_token.css" with { type: "css" };

export const STYLES = [
  base,
  layout,
  transport,
  stage,
  mixture,
  cards,
  manyCards,
  draw,
  curves,
  stepValues,
  inspector,
  pulls,
  inside,
  timeline,
  stages,
  narrator,
  exporting,
  status,
  hint,
  guess,
  meters,
  group,
  manyMembers,
  lesson,
  room,
  roomGroup,
  home,
  walk,
  tokenRow,
  tokenInput,
  tokenSource,
  token,
  roomToken,
];
