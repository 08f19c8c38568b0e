/* Which hidden units are shown where. One that stays keeps its place, so that the row is calm while a run trains. */

export class Places {
  constructor() {
    this.numbers = []; // the number of the unit at each place
  }

  at(place) {
    return this.numbers[place];
  }

  /** The units to show, from left to right: those with the largest effect, as many as there is room for. */
  settle({ expert, units }, room) {
    const shown = units.slice(0, room);
    const wanted = shown.map(({ unit }) => unit);
    if (this.expert !== expert || this.numbers.length !== wanted.length) {
      this.expert = expert;
      this.numbers = wanted.toSorted((one, other) => one - other);
    } else {
      const coming = wanted.filter((unit) => !this.numbers.includes(unit));
      this.numbers = this.numbers.map((unit) => (wanted.includes(unit) ? unit : coming.shift()));
    }
    return this.numbers.map((number) => shown.find(({ unit }) => unit === number));
  }
}
