// The parts of a Markdown page that the checks look at: links, headings as anchors, fenced blocks.

/** Fenced blocks as `{ info, text, line }`; `line` is the first line of the text, from 1. */
export function blocks(markdown) {
  const found = [];
  let open;
  for (const [index, line] of markdown.split("\n").entries()) {
    const fence = /^(?<indent>\s*)(?<marks>`{3,}|~{3,})(?<info>[^`]*)$/.exec(line)?.groups;
    if (!open && fence) open = { ...fence, lines: [], line: index + 2 };
    else if (open && fence?.marks.startsWith(open.marks) && fence.info.trim() === "") {
      found.push({ info: open.info.trim(), text: open.lines.join("\n"), line: open.line });
      open = undefined;
    } else if (open) open.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line.trimStart());
  }
  return found;
}

/** The page with fenced blocks and comments blanked, line for line. */
export function prose(markdown) {
  let text = markdown.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ""));
  const lines = text.split("\n");
  for (const { text: block, line } of blocks(text)) {
    for (let index = line - 2; index < line + block.split("\n").length; index++) lines[index] = "";
  }
  text = lines.join("\n");
  return text;
}

/** Targets of links, images and reference definitions as `{ target, line }`. What stands in `code` is no link. */
export function links(markdown) {
  const text = prose(markdown).replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, (code) => code.replace(/[^\n]/g, " "));
  const patterns = [
    /\]\(\s*(?:<([^>\n]*)>|([^\s()]*(?:\([^\s()]*\)[^\s()]*)*))(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)/g,
    /^ {0,3}\[[^\]\n]+\]:\s*(?:<([^>\n]*)>|(\S+))/gm,
    /<(?:a|img|source)\s[^>]*?(?:href|src)=["']([^"']*)["']/g,
  ];
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({
      target: match[1] ?? match[2] ?? "",
      line: text.slice(0, match.index).split("\n").length,
    })),
  );
}

/** The anchors of a page, made from headings as GitHub makes them, and those written as HTML. */
export function anchors(markdown) {
  const text = prose(markdown);
  const found = new Set([...text.matchAll(/<\w+\s[^>]*?(?:id|name)=["']([^"']+)["']/g)].map((match) => match[1]));
  const seen = new Map();
  for (const [, heading] of text.matchAll(/^ {0,3}#{1,6}\s+(.*?)\s*#*\s*$/gm)) {
    const slug = heading
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/<[^>]*>/g, "")
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "")
      .replaceAll(" ", "-");
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    found.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return found;
}

/** What stands in single or double backticks, outside of fenced blocks. */
export function inlineCode(markdown) {
  return [...prose(markdown).matchAll(/(`+)(?!`)([\s\S]*?[^`])\1(?!`)/g)].map((match) => match[2].trim());
}
