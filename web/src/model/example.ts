/** A small catalogue and a graph of it, for the tests of the model. */

import { catalogue, type NodeType, type Port } from "./catalogue";
import { type Document, parse } from "./document";
import { record } from "./record";

export function port(name: string, type: string, more: Partial<Port> = {}): Port {
  return { name, type, title: name, required: true, ...more };
}

function value(name: string, type: string, fallback: unknown, more: Partial<Port> = {}): Port {
  return port(name, type, { required: false, default: fallback, schema: {}, ...more });
}

function type(name: string, category: string, inputs: Port[], outputs: Port[], more: Partial<NodeType> = {}): NodeType {
  const title = name.replace(/^.*\//, "").replace(/([a-z])([A-Z])/g, "$1 $2");
  return { name, title, category, description: "", version: 1, owner: "", output: false, inputs, outputs, ...more };
}

const MODEL = port("model", "Denoiser");
const LATENT = port("latent", "Latent");
const IMAGE = port("image", "Image");
const optional = { required: false, default: null, nullable: true };

export const CATALOGUE = catalogue(
  [
    type(
      "LoadCheckpoint",
      "loaders",
      [port("checkpoint", "str", { schema: {}, widget: { files: "checkpoints" } })],
      [MODEL, port("text_encoder", "TextEncoder"), port("vae", "VAE")],
      { description: "Load a Stable Diffusion checkpoint." },
    ),
    type("LoadLora", "loaders", [MODEL, port("text_encoder", "TextEncoder"), value("strength", "float", 1)], [MODEL, port("text_encoder", "TextEncoder")]),
    type("TextEncode", "conditioning", [port("text_encoder", "TextEncoder"), value("text", "str", "", { widget: { multiline: true, prompt: true } })], [port("conditioning", "Conditioning")]),
    type("EmptyLatent", "latent", [value("width", "int", 512), value("height", "int", 512), port("vae", "VAE", optional)], [LATENT]),
    type(
      "KSampler",
      "sampling",
      [MODEL, port("positive", "Conditioning"), port("negative", "Conditioning"), LATENT, value("seed", "int", 0, { widget: { seed: true } }), value("cfg", "float", 7.5)],
      [LATENT],
      { description: "Denoise a latent: the step in which the picture arises." },
    ),
    type("VAEDecode", "latent", [LATENT, port("vae", "VAE")], [IMAGE], { title: "VAE Decode" }),
    type("VAEEncode", "latent", [IMAGE, port("vae", "VAE")], [LATENT], { title: "VAE Encode" }),
    type("InvertImage", "image/color", [IMAGE], [IMAGE]),
    type("BlendImages", "image/layer", [port("base", "Image"), port("top", "Image"), port("mask", "Mask", optional)], [IMAGE]),
    type("SplitAlpha", "image/alpha", [IMAGE], [IMAGE, port("mask", "Mask")]),
    type("SaveImage", "image", [IMAGE, value("prefix", "str", "nodeflow")], [port("files", "list[File]")], { output: true }),
    type("Reroute", "value", [port("value", "any")], [port("value", "any")]),
    type("Integer", "value", [value("value", "int", 0)], [port("integer", "int")]),
    type("Seed", "value", [value("value", "int", 0, { widget: { seed: true } })], [port("seed", "int")]),
    type("Number", "value", [value("value", "float", 0)], [port("number", "float")]),
    type("Maybe", "value", [], [port("image", "Image", { nullable: true })]),
  ],
  [{ name: "Image", color: "#5b9bf0", description: "" }],
  record([["checkpoints", "sd15.safetensors"]]),
);

/** Text to image, as graphs/txt2img.json has it. */
export function txt2img(): Document {
  return parse({
    nodeflow: 1,
    nodes: {
      checkpoint: { type: "LoadCheckpoint", values: { checkpoint: "sd15.safetensors" } },
      prompt: { type: "TextEncode", values: { text: "a red circle" }, links: { text_encoder: "checkpoint.text_encoder" } },
      negative: { type: "TextEncode", links: { text_encoder: "checkpoint.text_encoder" } },
      empty: { type: "EmptyLatent", values: { width: 128 } },
      sample: {
        type: "KSampler",
        values: { seed: 7 },
        links: { model: "checkpoint.model", positive: "prompt.conditioning", negative: "negative.conditioning", latent: "empty.latent" },
      },
      decode: { type: "VAEDecode", links: { latent: "sample.latent", vae: "checkpoint.vae" } },
      save: { type: "SaveImage", links: { image: "decode.image" } },
    },
    inputs: { prompt: "prompt.text", seed: "sample.seed" },
    layout: { checkpoint: [0, 0], prompt: [300, 0], negative: [300, 200], empty: [300, 400], sample: [600, 0], decode: [900, 0], save: [1200, 0] },
  });
}
