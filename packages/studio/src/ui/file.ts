import { h } from "./dom.ts";

/** A button that lets the user choose a file, and the hidden field behind it. */
export function fileButton(label: string, accept: string, open: (file: File) => void): HTMLElement[] {
  const input: HTMLInputElement = h("input", {
    type: "file",
    accept,
    hidden: true,
    "aria-label": label,
    onchange: () => {
      const [file] = input.files ?? [];
      if (file) open(file);
      input.value = "";
    },
  });
  return [h("button", { type: "button", onclick: () => input.click() }, label), input];
}

/** Lets the user drop a file on an element, which says so while one is held over it. */
export function acceptDrops(element: HTMLElement, hint: string, open: (file: File) => void): void {
  element.dataset.drop = hint;
  const over = (isOver: boolean) => (event: Event) => {
    event.preventDefault();
    element.classList.toggle("dropping", isOver);
  };
  element.addEventListener("dragover", over(true));
  element.addEventListener("dragleave", over(false));
  element.addEventListener("drop", (event) => {
    over(false)(event);
    const file = event.dataTransfer?.files[0];
    if (file) open(file);
  });
}
