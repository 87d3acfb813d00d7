/** The side of a `Program` that answers. */
import { createInterface } from "node:readline";

/** What a program can be asked: a word, with words behind it. */
export type Answers = { readonly [word: string]: (...words: readonly (string | undefined)[]) => Promise<object> };

/** Says one line, then answers each line of stdin with one; ends with stdin. */
export async function answerLines(answers: Answers, first: object = {}): Promise<never> {
  const say = (answer: object): void => void process.stdout.write(`${JSON.stringify(answer)}\n`);
  say(first);
  const lines = createInterface({ input: process.stdin });
  lines.on("close", () => process.exit(0));
  for await (const line of lines) {
    const [word = "", ...words] = line.split(" ");
    say((await answers[word]?.(...words)) ?? {});
  }
  process.exit(0);
}
