/** How long a command waits for an answer: two internal cycles of an agent that heard no bell. */
export const ANSWER_TIMEOUT_S = 10;
