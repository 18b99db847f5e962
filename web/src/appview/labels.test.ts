import { expect, it } from "vitest";
import { aboutOf, labelOf } from "./labels";

it.each([
  ["prompt", "Prompt"],
  ["noise_level", "Noise level"],
  ["cfg-2", "Cfg 2"],
  ["__", "__"],
])("%s is called %s", (name, label) => expect(labelOf(name)).toBe(label));

it.each([
  ["the prompt", undefined],
  ["pixels", "Pixels"],
  ["", undefined],
  [undefined, undefined],
  ["the same seed makes the same picture", "The same seed makes the same picture"],
])("of what is described as %s, %s is said", (description, about) => expect(aboutOf(description)).toBe(about));
