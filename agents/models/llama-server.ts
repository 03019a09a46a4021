// The command line of llama.cpp's server. `--fit off`, because its own fitting fills the whole card; `-c` is shared
// by all slots; the card is chosen by CUDA_VISIBLE_DEVICES, because `--main-gpu` leaves memory on the others too.
import type { Engine } from './driver.ts';

const ALL_LAYERS = 999;

export const llamaServer: Engine = {
  name: 'llama-server',
  usesCard: true,
  command: ({ spec, port, alias, contextTokens, devices }) => [
    spec.program ?? 'llama-server',
    '--model',
    spec.source,
    '--alias',
    alias,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--ctx-size',
    String(contextTokens * spec.slots),
    '--parallel',
    String(spec.slots),
    '--n-gpu-layers',
    String(devices === '' ? 0 : ALL_LAYERS),
    '--fit',
    'off',
    '--cache-type-k',
    spec.kvType,
    '--cache-type-v',
    spec.kvType,
    ...(spec.split === undefined ? [] : ['--split-mode', 'layer']),
    // A quantised cache of values needs it; otherwise the server decides by the model.
    ...(spec.kvType === 'f16' ? [] : ['--flash-attn', 'on']),
    '--jinja',
    '--no-webui',
    ...spec.args,
  ],
};
