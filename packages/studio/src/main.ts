import { type Language, languages, preferredLanguage } from "./i18n/index.ts";
import type { Panel } from "./page.ts";
import { isPanel, type PanelName, panels } from "./panels.ts";
import { iconButton } from "./ui/controls.ts";
import { h } from "./ui/dom.ts";
import { icon } from "./ui/icons.ts";
import { batch, computed, effect, signal, untracked } from "./ui/signal.ts";

/** The address is `#panel?parameters`; the parameter `lang` belongs to the page, the others to the panel. */
function readHash(): { panel: PanelName; params: URLSearchParams } {
  const [name = "", query = ""] = location.hash.slice(1).split("?");
  return { panel: isPanel(name) ? name : "trajectories", params: new URLSearchParams(query) };
}

const first = readHash();
const panel = signal<PanelName>(first.panel);
/** Counts the links followed to a panel: each opens it anew. */
const visits = signal(0);
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

const main = h("main", { id: "main", tabindex: -1 });
const header = h("header");
const skip = h("a", { class: "skip", href: "#main", onclick: focusMain });
document.body.append(skip, header, main);

function focusMain(event: Event): void {
  event.preventDefault();
  main.focus();
}

effect(() => {
  const { texts } = languages[language.value];
  const name = panel.value;
  document.documentElement.lang = language.value;
  document.title = `${texts.tabs[name]} · ${texts.title}`;
  skip.textContent = texts.skip;
  const choose = h(
    "select",
    { "aria-label": texts.language, onchange: () => (language.value = choose.value as Language) },
    ...Object.entries(languages).map(([code, { name: own }]) =>
      h("option", { value: code, selected: code === language.value }, own),
    ),
  );
  const tabs = (Object.keys(panels) as PanelName[]).map((tab) =>
    h("a", { href: `#${tab}`, "aria-current": tab === name ? "page" : undefined }, texts.tabs[tab]),
  );
  header.replaceChildren(
    h("h1", {}, icon("mark"), texts.title),
    h("nav", { "aria-label": texts.panels }, ...tabs),
    choose,
    iconButton(texts.theme, "theme", toggleTheme),
  );
});

effect(() => {
  void [panel.value, language.value];
  header.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
});

/** The panels whose code has been loaded. */
const loaded = signal<Partial<Record<PanelName, Panel>>>({});
const current = computed(() => loaded.value[panel.value]);

effect(() => {
  const create = current.value;
  const { texts } = languages[language.value];
  void visits.value;
  const name = panel.peek();
  main.ariaBusy = create === undefined ? "true" : null;
  const fail = (error: unknown) =>
    main.replaceChildren(h("p", { class: "message", role: "alert" }, texts.failed(String(error))));
  if (create === undefined) {
    main.replaceChildren();
    panels[name]().then((module: Panel) => {
      loaded.value = { ...loaded.peek(), [name]: module };
    }, fail);
    return;
  }
  untracked(() => {
    try {
      const element = create({
        language: language.peek(),
        texts,
        address: addresses.get(name) ?? new URLSearchParams(),
        themeVersion,
        saveAddress: (params) => saveAddress(name, params),
      });
      main.replaceChildren(element);
    } catch (error) {
      // A reader sees that something is wrong, and where to look for it stays in the console.
      fail(error);
      reportError(error);
    }
  });
});

addEventListener("hashchange", () => {
  const { panel: name, params } = readHash();
  if (params.size > 0) addresses.set(name, params);
  const lang = params.get("lang");
  batch(() => {
    if (lang === "en" || lang === "ru") language.value = lang;
    panel.value = name;
    visits.value++;
  });
});

// The other panels' code comes while nobody waits for it, so that the page also works when the server has stopped.
addEventListener("load", () => {
  setTimeout(() => {
    for (const load of Object.values(panels)) load().catch(() => {});
  }, 3000);
});
