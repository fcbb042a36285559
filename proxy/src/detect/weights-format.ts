import { ProxyError } from '../core/errors.js';
import type { EnsembleData, Weights } from './score.js';

/** One ensemble as it stands in a file: lists of float32 in base64, little-endian. */
export interface EnsembleText {
  readonly inputs: number;
  readonly hidden: number;
  readonly limit: number;
  readonly refuse: number;
  readonly offset: number;
  readonly features: readonly number[];
  readonly left: readonly number[];
  readonly thresholds: string;
  readonly first: string;
  readonly bias: string;
  readonly second: string;
}

/** Weights as they stand in a file. */
export interface WeightsText {
  readonly version: string;
  readonly request: EnsembleText;
  readonly client: EnsembleText;
}

/** Reads weights. @throws ProxyError when a list has not the length it should have */
export function decodeWeights({ version, request, client }: WeightsText): Weights {
  return { version, request: decodeEnsemble(request, version), client: decodeEnsemble(client, version) };
}

function decodeEnsemble(text: EnsembleText, version: string): EnsembleData {
  const { inputs, hidden, features, left } = text;
  const floats = (name: string, packed: string, length: number): Float32Array => {
    const bytes = Buffer.from(packed, 'base64');
    if (bytes.length !== length * 4)
      throw new ProxyError(
        'EDGE_CONFIG',
        `weights ${version}: '${name}' has ${bytes.length / 4} numbers instead of ${length}: train again`,
      );
    return Float32Array.from({ length }, (_, i) => bytes.readFloatLE(i * 4));
  };
  return {
    tree: {
      feature: Int8Array.from(features),
      threshold: floats('thresholds', text.thresholds, features.length),
      left: Uint8Array.from(left),
    },
    network: {
      inputs,
      hidden,
      first: floats('first', text.first, inputs * hidden),
      bias: floats('bias', text.bias, hidden),
      second: floats('second', text.second, hidden),
      offset: Math.fround(text.offset),
    },
    limit: Math.fround(text.limit),
    refuse: Math.fround(text.refuse),
  };
}
