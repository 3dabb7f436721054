import { type Language, languages, preferredLanguage } from "./i18n/index.ts";
import { normsPanel } from "./norms/panel.ts";
import { trajectoriesPanel } from "./trajectories/panel.ts";
import { iconButton } from "./ui/controls.ts";
import { h } from "./ui/dom.ts";
import { effect, signal, untracked } from "./ui/signal.ts";

const panels = { trajectories: trajectoriesPanel, norms: normsPanel };
type PanelName = keyof typeof panels;

/** The address is `#panel?parameters`; the parameter `lang` belongs to the page, the others to the panel. */
function readHash(): { panel: PanelName; params: URLSearchParams } {
  const [name = "", query = ""] = location.hash.slice(1).split("?");
  return {
    panel: Object.hasOwn(panels, name) ? (name as PanelName) : "trajectories",
    params: new URLSearchParams(query),
  };
}

const first = readHash();
const panel = signal<PanelName>(first.panel);
const asked = first.params.get("lang");
const language = signal<Language>(asked === "en" || asked === "ru" ? asked : preferredLanguage());
const themeVersion = signal(0);
/** Each panel's part of the address, so that going back to a panel finds it as it was. */
const addresses = new Map<PanelName, URLSearchParams>([[first.panel, first.params]]);

let saving = 0;
/** Writes the address soon: browsers refuse to do it a hundred times a second. */
function saveAddress(name: PanelName, params: URLSearchParams): void {
  addresses.set(name, params);
  clearTimeout(saving);
  saving = window.setTimeout(() => {
    const all = new URLSearchParams(addresses.get(panel.peek()));
    all.set("lang", language.peek());
    history.replaceState(null, "", `#${panel.peek()}?${all}`);
  }, 100);
}

function toggleTheme(): void {
  const root = document.documentElement;
  const isDark = getComputedStyle(root).colorScheme === "dark";
  root.dataset.theme = isDark ? "light" : "dark";
  themeVersion.value++;
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => themeVersion.value++);

effect(() => {
  const { texts } = languages[language.value];
  const name = panel.value;
  document.documentElement.lang = language.value;
  document.title = `${texts.tabs[name]} · ${texts.title}`;
  untracked(() => {
    const choose = h(
      "select",
      { "aria-label": texts.language, onchange: () => (language.value = choose.value as Language) },
      ...Object.entries(languages).map(([code, { name: own }]) =>
        h("option", { value: code, selected: code === language.peek() }, own),
      ),
    );
    const tabs = (Object.keys(panels) as PanelName[]).map((tab) =>
      h("a", { href: `#${tab}`, "aria-current": tab === name ? "page" : undefined }, texts.tabs[tab]),
    );
    document.body.replaceChildren(
      h("a", { class: "skip", href: "#picture", onclick: focusPicture }, texts.skip),
      h(
        "header",
        {},
        h("h1", {}, texts.title),
        h("nav", { "aria-label": texts.title }, ...tabs),
        choose,
        iconButton(texts.theme, "theme", toggleTheme),
      ),
      h(
        "main",
        {},
        panels[name]({
          texts,
          address: addresses.get(name) ?? new URLSearchParams(),
          themeVersion,
          saveAddress: (params) => saveAddress(name, params),
        }),
      ),
    );
  });
});

function focusPicture(event: Event): void {
  event.preventDefault();
  document.getElementById("picture")?.focus();
}

addEventListener("hashchange", () => {
  const { panel: name, params } = readHash();
  if (params.size > 0) addresses.set(name, params);
  const lang = params.get("lang");
  if (lang === "en" || lang === "ru") language.value = lang;
  panel.value = name;
});
