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
 * What each member is called, by what tells it from the others: what it has of its own; the first, what it has of all
 * that they have otherwise. A run alone, or copies that are all alike, are as the controls say.
 */
export function memberNames(headers, labels, words) {
  const others = headers.map(({ changed }) => changed ?? {});
  const { settings } = headers[0];
  const apart = new Set(others.flatMap((changed) => Object.keys(changed)));
  const first = Object.fromEntries([...apart].filter((name) => name in settings).map((name) => [name, settings[name]]));
  return [first, ...others.slice(1)].map((own) => {
    const said = Object.entries(own).map(([name, value]) => `${labels[name].label} ${settingText(labels, name, value)}`);
    return said.length > 0 ? said.join(", ") : words("member_as_set");
  });
}
