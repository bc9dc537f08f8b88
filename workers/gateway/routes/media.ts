import type { ImagesOperation, TranscriptionOperation } from "#wire";
import { readJsonText } from "../../http/read-body.ts";
import { isForm, readFormBody } from "../../http/read-form.ts";
import type { GatewayContext } from "../context.ts";
import { readFormCall, type PrepareForm } from "../inference/form-call.ts";
import { prepareImages, prepareImagesForm } from "../inference/prepare-images.ts";
import { prepareModerations } from "../inference/prepare-moderations.ts";
import { prepareRerank } from "../inference/prepare-rerank.ts";
import { prepareSpeech } from "../inference/prepare-speech.ts";
import { prepareTranscription } from "../inference/prepare-transcription.ts";
import type { PrepareCall } from "../inference/read-call.ts";
import { runCall, runInference } from "../inference/run-inference.ts";

type Handler = (context: GatewayContext) => Promise<Response>;

const json =
  (prepare: PrepareCall): Handler =>
  (context) =>
    runInference(context, prepare);

/** A form; or JSON, where the operation has that form too. */
const form =
  (prepareForm: PrepareForm, prepare: PrepareCall | null = null): Handler =>
  (context) =>
    runCall(context, async (request, bounds) => {
      if (prepare === null || isForm(request)) {
        return readFormCall(await readFormBody(request, bounds, context.get("services").random), prepareForm);
      }
      const text = await readJsonText(request, bounds);
      return { call: prepare(text), text, prepare };
    });

const images = (operation: ImagesOperation): Handler =>
  form(prepareImagesForm(operation), operation === "images.edits" ? prepareImages(operation) : null);
const transcription = (operation: TranscriptionOperation): Handler => form(prepareTranscription(operation));

export const rerank = json(prepareRerank);
export const moderate = json(prepareModerations);
export const generateImages = json(prepareImages("images.generations"));
export const editImages = images("images.edits");
export const varyImages = images("images.variations");
export const speak = json(prepareSpeech);
export const transcribe = transcription("audio.transcriptions");
export const translateAudio = transcription("audio.translations");
