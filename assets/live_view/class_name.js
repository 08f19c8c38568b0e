/* What a class is called: a table's own word for it, where it has words, or else its number. */

export function className({ task }, label) {
  return task?.class_names?.[label] ?? String(label);
}
