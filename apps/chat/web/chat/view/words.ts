import type { Language, Text } from "../../text.js";

/** What every view needs to speak the visitor's language. */
export interface Words {
  readonly text: Text;
  readonly language: Language;
  /** Clock time of a message. */
  time(at: number): string;
  /** Date and time in full, for the tooltip. */
  moment(at: number): string;
  /** Today, yesterday, or the date. */
  day(at: number): string;
  /** A key that is the same for all times of one local day. */
  dayOf(at: number): string;
  number(value: number): string;
  compare(a: string, b: string): number;
}

/** Builds the formatters once: making an Intl object costs more than using it a thousand times. */
export function makeWords(text: Text, language: Language, locale: string, now: () => number): Words {
  const time = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "medium" });
  const day = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long" });
  const dayAndYear = new Intl.DateTimeFormat(locale, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
  });
  const number = new Intl.NumberFormat(locale);
  const collator = new Intl.Collator(locale, { numeric: true });
  const dayOf = (at: number): string => new Date(at).toDateString();
  return {
    text,
    language,
    time: (at) => time.format(at),
    moment: (at) => moment.format(at),
    day: (at) => {
      const today = new Date(now());
      if (dayOf(at) === today.toDateString()) return text.today;
      const before = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
      if (dayOf(at) === before.toDateString()) return text.yesterday;
      return (new Date(at).getFullYear() === today.getFullYear() ? day : dayAndYear).format(at);
    },
    dayOf,
    number: (value) => number.format(value),
    compare: (a, b) => collator.compare(a, b),
  };
}
