// So that this project is built the same whether the optional peer is installed or not; llama.ts has its types.
declare module 'node-llama-cpp';
