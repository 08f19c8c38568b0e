/*
 * What a person reads of a setting: its label, and what a choice is called, as in the table behind the page's controls.
 *
 * labels: { name: { label, titles } }, where titles has { choice: what a person reads }.
 */

/** A setting's value in words; several choices are joined by +. */
export function settingText(labels, name, value) {
  const { titles } = labels[name];
  return titles[value] ?? String(value).split("+").map((part) => titles[part] ?? part).join(" + ");
}

/**
 * What each member is called, by what tells it from the others: what it has of its own; the first, and one that has by
 * now what the first has, what the first has of all that they have otherwise. A run alone, or the first of copies that
 * are all alike, is as the controls say, and the others are the same.
 */
export function memberNames(headers, labels, words) {
  const others = headers.map(({ changed }) => changed ?? {});
  const { settings } = headers[0];
  const apart = new Set(others.flatMap((changed) => Object.keys(changed)));
  const first = Object.fromEntries([...apart].filter((name) => name in settings).map((name) => [name, settings[name]]));
  return others.map((changed, member) => {
    const own = member === 0 || Object.keys(changed).length === 0 ? first : changed;
    const said = Object.entries(own).map(([name, value]) => `${labels[name].label} ${settingText(labels, name, value)}`);
    return said.join(", ") || words(alikeName(member, headers.length));
  });
}

/** What a member is called that has nothing otherwise than any other. */
function alikeName(member, count) {
  if (count === 1) {
    return "member_as_set";
  }
  if (count > 2) {
    return `member_alike_${member + 1}`;
  }
  return member === 0 ? "member_left" : "member_right";
}
