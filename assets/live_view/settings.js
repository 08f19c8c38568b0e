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

/** What a member has of its own, in words; the first has nothing and is as the controls say. */
export function memberName({ changed = {} }, labels, words) {
  const changes = Object.entries(changed).map(([name, value]) => {
    return `${labels[name].label} ${settingText(labels, name, value)}`;
  });
  return changes.length > 0 ? changes.join(", ") : words("member_as_set");
}
