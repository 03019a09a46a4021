// Virtual time: one queue of events. Between two events every promise runs as far as it can, so a run is
// the same for the same seed, whatever the machine does.
interface Event {
  readonly ms: number;
  readonly serial: number;
  readonly fire: () => void;
}

const isBefore = (a: Event, b: Event): boolean =>
  a.ms < b.ms || (a.ms === b.ms && a.serial < b.serial);

/** A tick runs when every promise that can go on has done so; a macrotask would cost several times that. */
const settle = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

export class Timeline {
  nowMs = 0;
  private serial = 0;
  private readonly heap: Event[] = [];

  after(delayMs: number, fire: () => void): void {
    this.push({ ms: this.nowMs + delayMs, serial: this.serial++, fire });
  }

  /** Runs until `isOver`, or until the deadline, or until nothing is left to happen. */
  async run(isOver: () => boolean, deadlineMs: number): Promise<void> {
    await settle();
    while (!isOver()) {
      const event = this.heap[0];
      if (event === undefined || event.ms > deadlineMs) return;
      this.pop();
      this.nowMs = event.ms;
      event.fire();
      await settle();
    }
  }

  private push(event: Event): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
