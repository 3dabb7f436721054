/** What a server that the page is opened from offers beside the page: results that `steepest studio` found. */

export interface Served<Kind extends string> {
  readonly name: string;
  readonly kind: Kind;
}

/** What the server lists of some kinds; a plain file server, from which the page also works, offers nothing. */
export async function listServed<Kind extends string>(kinds: readonly Kind[]): Promise<Served<Kind>[]> {
  const { results } = JSON.parse(await readText("results.json")) as { results: Served<string>[] };
  return results.filter((entry): entry is Served<Kind> => (kinds as readonly string[]).includes(entry.kind));
}

/** The text of a result that the server listed. */
export const readServed = (name: string): Promise<string> =>
  readText(`results/${name.split("/").map(encodeURIComponent).join("/")}`);

/** @throws Error with what the server said when it answers with an error */
export async function readText(address: string | URL): Promise<string> {
  const response = await fetch(address);
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim() || `${response.status} ${response.statusText}`);
  return text;
}
