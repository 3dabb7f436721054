import { shortNumber } from "@steepest/lab/drawing";
import type { Animation } from "@steepest/lab/format";
import type { LectureTexts } from "./en.ts";

/** A figure of the caption. */
const figure = ({ numbers = {} }: Animation, name: string, factor = 1): string =>
  shortNumber(factor * (numbers[name] ?? Number.NaN));

const stepOf = (animation: Animation): string => {
  const batch = animation.numbers?.batch ?? 1;
  return `шаг ${figure(animation, "step")}${batch === 1 ? "" : `, батч ${batch}`}`;
};

export const ru: LectureTexts = {
  lead: "Анимации лекции о стохастическом градиентном спуске, вычисленные на этой странице: наименьшие квадраты для двенадцати прямых на плоскости.",
  show: "Показать",
  ownFile: "Ваш файл",
  openFile: "Открыть анимацию…",
  dropHint: "или перетащите сюда файл JSON команды «steepest lecture animate»",
  picture: "Анимация. Пробел запускает и останавливает, стрелки переходят от кадра к кадру.",
  step: (n) => `Шаг ${n}`,
  transport: {
    back: "Кадр назад",
    forward: "Кадр вперёд",
    time: "Кадр",
    perSecond: (n) => `${n} кадров/с`,
  },
  controls: "Изменить",
  values: {
    rate: "Шаг в единицах 1/L",
    batch: "Примеров за шаг",
    scatter: "Разброс прямых",
  },
  help: "L — наибольшая кривизна среднего, Lmax — одного примера. Без разброса все прямые проходят через одну точку: у всех примеров общий минимум, и постоянный шаг его достигает.",
  reset: "Как в лекции",
  numbers: {
    step: "шаг",
    L: "L",
    Lmax: "Lmax",
    batch: "примеров за шаг",
    samples: "примеров",
    seeds: "запусков",
  },
  scenes: {
    "batch-minimizers": {
      title: "У каждого батча свой минимум",
      caption: (a) =>
        `SGD с батчами по ${figure(a, "batch")} из ${figure(a, "samples")} примеров и постоянным шагом ${figure(a, "step")}. Каждый шаг ведёт к минимуму своего батча, а не к x*: путь успокаивается, только если минимум у всех батчей общий.`,
      series: (_) => ["SGD", "минимум следующего батча", "минимумы прежних батчей"],
    },
    neighbourhood: {
      title: "Постоянный шаг приводит в окрестность, а не в x*",
      caption: (a) =>
        `${figure(a, "seeds")} запусков каждого метода из одной точки. SGD (${stepOf(a)}) остаётся облаком, ширину которого задают шаг и разброс; шаги, убывающие как 1/k, медленно его сжимают; SAGA с одним примером за шаг сходится к x*, если шаг для неё достаточно мал.`,
      series: (a) => [`SGD, ${stepOf(a)}`, "SGD, шаги ~ 1/k", `SAGA, шаг ${figure(a, "step")}`],
    },
    divergence: {
      title: "Тот же шаг: градиентный спуск сходится, SGD расходится",
      caption: (a) =>
        `Шаг ${figure(a, "step")} — это ${figure(a, "rate")}/L; градиентный спуск сходится при шаге меньше 2/L. Кривизна одного примера достигает Lmax = ${figure(a, "Lmax")}: когда SGD выбирает такой пример, шаг больше 2/Lmax отбрасывает точку от x*.`,
      series: (a) => [`градиентный спуск, шаг ${figure(a, "step")}`, `SGD, ${stepOf(a)}`],
    },
  },
  distance: "Расстояние до x*: медиана по запускам, по шагам",
  failed: (message) => `Ошибка вычисления: ${message}`,
  unreadable: (message) => `Анимацию нельзя прочитать: ${message}`,
  ownFileGone: "Ваш файл больше не открыт: откройте его снова.",
  codeLead: "TypeScript, который вычисляет ту же анимацию с помощью lab или читает её файл и печатает кадр.",
};
