// Plurals for the dictionaries, by the rules of `Intl`.

type Forms = { one: string; other: string };

/** A function that puts a number into the form that its language asks for; `{n}` is the number as it is written there. */
export function pluralFor(language: string): (n: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (n, forms) => (rules.select(n) === "one" ? forms.one : forms.other).replace("{n}", numbers.format(n));
}
