import { FormulaError, parse } from "../formula/parse.ts";
import { h } from "../ui/dom.ts";
import { forProblem, problemOf } from "./state.ts";
import type { Store } from "./store.ts";
import type { TrajectoryTexts } from "./texts/index.ts";

/** The user's formula. While it cannot be read the last good one stays, and the message points at the character. */
export function formulaField(store: Store, text: TrajectoryTexts): HTMLElement {
  const input = h("input", {
    id: "formula",
    type: "text",
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    "aria-describedby": "formula-help formula-problem",
    value: store.state.peek().formula,
    oninput: () => read(),
  });
  const problem = h("div", { id: "formula-problem", class: "problem", role: "status" });

  function read(): void {
    const formula = input.value;
    try {
      parse(formula, ["x", "y"]);
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      show(error);
      return;
    }
    input.removeAttribute("aria-invalid");
    problem.replaceChildren();
    const state = store.state.peek();
    const next = problemOf({ problem: "own", formula });
    if (next.dimensions === state.start.length) store.patch({ formula });
    else
      store.patch(
        forProblem(
          "own",
          formula,
          state.optimizers.map((o) => o.name),
        ),
      );
  }
  function show(error: FormulaError): void {
    const { at, length } = error;
    const formula = input.value;
    input.setAttribute("aria-invalid", "true");
    problem.replaceChildren(
      h("span", {}, text.formulaAt(at + 1) + text.formulaProblem(error.problem)),
      h(
        "code",
        { "aria-hidden": "true" },
        formula.slice(0, at),
        h("mark", {}, formula.slice(at, at + length) || "␣"),
        formula.slice(at + length),
      ),
    );
  }
  return h(
    "div",
    { class: "formula" },
    h("label", { for: "formula" }, text.formula),
    input,
    h("p", { id: "formula-help", class: "help" }, text.formulaHelp),
    problem,
  );
}
