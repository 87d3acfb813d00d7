/** `node fuzz/dist/command/seed.js`: writes the inputs that fuzzing starts from, each with a name that says what it is. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeInput } from "../runner/corpus.js";
import { SEEDS } from "./seeds.js";

const corpus = join(dirname(fileURLToPath(import.meta.url)), "../../corpus");
for (const { target, name, data } of SEEDS) writeInput(join(corpus, target), data, name);
process.stdout.write(`${SEEDS.length} seeds written\n`);
