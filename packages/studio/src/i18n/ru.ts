import type { Problem } from "../formula/parse.ts";
import type { Texts } from "./en.ts";

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

export const ru: Texts = {
  title: "Студия Steepest",
  skip: "К рисунку",
  language: "Язык",
  theme: "Светлая или тёмная тема",
  tabs: { trajectories: "Траектории", norms: "Нормы" },
  failed: (message) => `Ошибка вычисления: ${message}`,
  save: {
    title: "Сохранить или скопировать",
    code: "Код этого",
    copy: "Копировать",
    copied: "Скопировано",
    close: "Закрыть",
    link: "Копировать ссылку",
  },
  trajectories: {
    picture: "Пути оптимизаторов. Стрелки двигают начальную точку, + и − меняют масштаб.",
    lead: "Перетащите начальную точку. Каждый путь считает правило обновления из самой библиотеки.",
    function: "Функция",
    problems: {
      quadratic: "Квадратичная",
      rosenbrock: "Розенброк",
      himmelblau: "Химмельблау",
      beale: "Бил",
      rastrigin: "Растригин",
      saddle: "Седло",
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
    saddleParameter: "Отрицательная кривизна",
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
      decay: "Затухание среднего квадрата",
    },
    matrixPoint: "Точка взята как матрица 1 × 2.",
    play: "Пуск",
    pause: "Пауза",
    rewind: "В начало",
    back: "Шаг назад",
    forward: "Шаг вперёд",
    time: "Шаг",
    speed: "Скорость",
    perSecond: (n) => `${n} шагов/с`,
    zoomIn: "Крупнее",
    zoomOut: "Мельче",
    codeLead: "TypeScript с этой библиотекой: выполняется и печатает первый запуск каждого оптимизатора.",
    charts: {
      loss: "Потери сверх наименьших",
      lossBand: "Потери сверх наименьших: медиана, 10–90 %",
      gradient: "Норма градиента",
      step: "Длина шага",
      effective: "Эффективный шаг: длина / норма градиента",
      state: (name, leaf) => `${name}: ${leaf}`,
    },
    density: "Плотность запусков по шагам",
  },
  norms: {
    codeLead: "TypeScript, который печатает эти числа с помощью библиотеки.",
    lead: "Норма решает, что значит «наискорейший». Перетащите градиент: шары, двойственные нормы и шаги считает сама библиотека.",
    vectors: "Нормы векторов",
    vectorsLead:
      "Единичные шары ℓ₁, ℓ₂, ℓₚ и ℓ∞. Цветная стрелка — оракул ℓₚ: точка шара, где спуск наибольший. Там шар касается прямой постоянного ⟨g, y⟩.",
    vectorPicture: "Единичные шары векторных норм. Стрелки двигают градиент.",
    steps: "Один шаг наискорейшего спуска в четырёх нормах",
    stepsLead:
      "Тот же градиент на той же чаше: шаг — минус скорость, умноженная на двойственную норму, в сторону оракула.",
    stepPicture: (name) => `Шаг наискорейшего спуска в норме ${name}`,
    remaining: (part) => `потери × ${part}`,
    matrices: "Нормы матриц 2 × 2",
    matricesLead:
      "Срез пространства матриц: те, у которых сингулярные векторы градиента. Координаты — два сингулярных числа, поэтому спектральная, фробениусова и ядерная нормы дают шары ℓ∞, ℓ₂ и ℓ₁, а прочие меняются с углами.",
    matrixPicture: "Единичные шары матричных норм в срезе. Стрелки двигают сингулярные числа градиента.",
    polar: "Ортогонализация по шагам",
    polarLead:
      "Во что каждый шаг превращает сингулярное число (по горизонтали, относительно нормы Фробениуса). Точки — сингулярные числа одной матрицы 8 × 8 после последнего шага; цель — 1.",
    polarPicture: "Сингулярные числа после каждого шага ортогонализации",
    names: {
      l1: "ℓ₁",
      l2: "ℓ₂",
      lp: "ℓₚ",
      linf: "ℓ∞ (наибольший элемент)",
      frobenius: "Фробениуса",
      spectral: "Спектральная",
      nuclear: "Ядерная",
      row: "Длиннейшая строка",
      column: "Длиннейший столбец",
    },
    known: {
      l1: "покоординатный спуск",
      l2: "градиентный спуск",
      lp: "между ними",
      linf: "знаковый спуск",
    },
    methods: {
      newtonSchulz: "Ньютон — Шульц (коэффициенты Muon)",
      polarExpress: "Polar Express",
      exact: "Точно",
    },
    p: "Показатель p",
    curvature: "Обусловленность чаши",
    rate: "Шаг обучения",
    left: "Левый угол",
    right: "Правый угол",
    norm: "Норма",
    dual: "Двойственная",
    oracle: "Оракул",
    foreground: "На переднем плане",
    method: "Метод",
    count: "Шаги",
    condition: "Число обусловленности",
    reset: "Коэффициенты Muon",
    input: "сингулярное число до",
    step: (k) => (k === 0 ? "до" : `шаг ${k}`),
    range: (low, high) => `Сингулярные числа примера оказываются между ${low} и ${high}.`,
    gradient: "Градиент",
  },
};
