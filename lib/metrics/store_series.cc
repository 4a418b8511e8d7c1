#include "metrics/series.h"

namespace holdfast {

void write_store(SeriesWriter& out, const MetricsView& view) {
  if (!view.store) return;
  const StoreSeries& store = *view.store;
  out.gauge("holdfast_store_up", "1 while what is learnt gets to the disk.");
  out.add({}, store.up ? 1.0 : 0.0);
  out.gauge("holdfast_store_loading", "1 while what the store holds is still being read.");
  out.add({}, store.loading ? 1.0 : 0.0);
  out.gauge("holdfast_store_rows", "Answers on disk.");
  out.add({}, store.rows);
  out.gauge("holdfast_store_bytes", "Bytes on disk, the write-ahead log included.");
  out.add({}, store.bytes);
  out.gauge("holdfast_store_load_seconds", "How long the last loading took.");
  out.add({}, store.load_seconds);
  out.counter("holdfast_store_loaded_total", "Answers taken over from former times.");
  out.add({}, store.loaded);
  out.counter("holdfast_store_written_total", "Answers written.");
  out.add({}, store.written);
  out.counter("holdfast_store_dropped_total", "Answers not written: there was no room to wait in.");
  out.add({}, store.dropped);
  out.counter("holdfast_store_damaged_rows_total", "Rows dropped: their checksum was wrong.");
  out.add({}, store.damaged);
  out.counter("holdfast_store_set_aside_total", "Damaged files set aside.");
  out.add({}, store.set_aside);
  out.counter("holdfast_store_errors_total", "Times that the disk could not be used.");
  out.add({}, store.errors);
  out.counter("holdfast_store_reads_total", "Questions asked of the disk, by result.");
  out.add({{"result", "hit"}}, store.read_hits);
  out.add({{"result", "miss"}}, store.read_misses);
}

}  // namespace holdfast
