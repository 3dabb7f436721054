import type { Problem } from "../../formula/parse.ts";
import type { TrajectoryTexts } from "./en.ts";

const quote = (text: string): string => (text === "" ? "конец" : `«${text}»`);

function formulaProblem(problem: Problem): string {
  switch (problem.code) {
    case "character":
      return `${quote(problem.found)} не может стоять в формуле.`;
    case "end":
      return "Формула оборвана.";
    case "expected":
      return `Вместо ${quote(problem.found)} ожидалось ${problem.wanted}.`;
    case "operand":
      return `Вместо ${quote(problem.found)} ожидалось число, переменная или «(».`;
    case "name":
      return `${quote(problem.found)} неизвестно; известны ${problem.known}.`;
    case "arguments":
      return `Число аргументов ${problem.found}: нужно ${problem.wanted}, дано ${problem.got}.`;
    case "call":
      return `${problem.found} — функция: пишите ${problem.found}(…).`;
    case "exponent":
      return "Показатель степени должен быть числом; в общем случае пишите exp(… * log(…)).";
    case "deep":
      return "Слишком много вложенных скобок.";
  }
}

export const ru: TrajectoryTexts = {
  picture: "Пути оптимизаторов. Стрелки двигают начальную точку, с Alt — рисунок; + и − меняют масштаб.",
  lead: "Перетащите начальную точку. Каждый путь считает правило обновления из самой библиотеки.",
  function: "Функция",
  problems: {
    quadratic: "Квадратичная",
    rosenbrock: "Розенброк",
    himmelblau: "Химмельблау",
    beale: "Бил",
    rastrigin: "Растригин",
    saddle: "Седло",
    sharpFlat: "Острый и пологий минимум",
    regression: "Мини-батчи регрессии",
    doubleWell: "1-D: двойная яма",
    washboard: "1-D: стиральная доска",
    parabola: "1-D: парабола",
    own: "Своя формула",
  },
  parameters: {
    k: "Число обусловленности",
    t: "Поворот",
    b: "Крутизна",
    a: "Высота волн",
    d: "Наклон",
    h: "Кривизна",
  },
  problemParameters: {
    saddle: { a: "Отрицательная кривизна" },
    sharpFlat: { a: "Глубина острого минимума", s: "Ширина острого минимума" },
  },
  preset: "Что стоит увидеть…",
  presets: {
    sam: "SAM покидает острый минимум, SGD остаётся",
    ravine: "Овраг: кто идёт зигзагом, а кто нет",
    escape: "Шум выносит запуски из долины",
    batches: "Мини-батчи: облако вокруг минимума",
    saddle: "Уход от седла",
  },
  formula: "Формула от x и y",
  formulaHelp: "+ − * / ^, pi, e, abs atan cos exp log max min sin sqrt tanh. Без y — одномерная.",
  formulaProblem,
  formulaAt: (position) => `Символ ${position}: `,
  experiment: "Опыт",
  seeds: "Запуски",
  noise: "Шум градиента",
  batch: "Размер батча",
  spread: "Разброс начальных точек",
  steps: "Шаги",
  optimizers: "Оптимизаторы",
  add: "Добавить оптимизатор",
  remove: (name) => `Убрать ${name}`,
  select: (name) => `Показать состояние ${name}`,
  hyperparameters: {
    learningRate: "Шаг обучения",
    momentum: "Импульс",
    weightDecay: "Затухание весов",
    b1: "β₁",
    b2: "β₂",
    beta: "β",
    alpha: "α",
    gamma: "γ",
    mu: "μ",
    rho: "ρ",
    decay: "Затухание среднего квадрата",
  },
  matrixPoint: "Точка взята как матрица 1 × 2.",
  pan: "Перетаскивание двигает рисунок",
  resetView: "Показать всё снова",
  batchHelp: "Кружки — минимумы батчей этого размера; у отдельных примеров это прямые.",
  zoomIn: "Крупнее",
  zoomOut: "Мельче",
  codeLead: "TypeScript с этой библиотекой: выполняется и печатает первый запуск каждого оптимизатора.",
  charts: {
    loss: "Потери сверх наименьших",
    lossBand: "Потери сверх наименьших: медиана, 10–90 %",
    gradient: "Норма градиента",
    step: "Длина шага",
    effective: "Эффективный шаг: длина / норма градиента",
    valley: "Доля запусков в глубочайшей яме",
    state: (name, leaf) => `${name}: ${leaf}`,
  },
  stateParts: {
    mu: "импульс",
    nu: "второй момент",
    trace: "импульс",
    momentum: "импульс",
    velocity: "скорость",
    sumOfSquares: "сумма квадратов",
  },
  density: "Плотность запусков по шагам",
};
