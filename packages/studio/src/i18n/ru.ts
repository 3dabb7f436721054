import type { Texts } from "./en.ts";

export const ru: Texts = {
  title: "Студия Steepest",
  skip: "К содержанию",
  panels: "Разделы",
  language: "Язык",
  theme: "Светлая или тёмная тема",
  tabs: {
    trajectories: "Траектории",
    lecture: "Лекция",
    norms: "Нормы",
    landscapes: "Ландшафты",
    training: "Обучение",
    results: "Результаты",
  },
  failed: (message) => `Ошибка вычисления: ${message}`,
  transport: {
    play: "Пуск",
    pause: "Пауза",
    rewind: "В начало",
    back: "Шаг назад",
    forward: "Шаг вперёд",
    time: "Шаг",
    speed: "Скорость",
    perSecond: (n) => `${n} шагов/с`,
  },
  save: {
    title: "Сохранить или скопировать",
    code: "Код этого",
    copy: "Копировать",
    copied: "Скопировано",
    close: "Закрыть",
    link: "Копировать ссылку",
  },
};
