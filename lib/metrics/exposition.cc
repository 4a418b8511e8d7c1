#include "metrics/exposition.h"

#include <prometheus/text_serializer.h>

#include "metrics/series.h"

namespace holdfast {

std::string metrics_text(const MetricsView& view) {
  SeriesWriter out;
  write_traffic(out, view);
  write_upstreams(out, view);
  write_store(out, view);
  if (view.fleet) write_fleet(out, *view.fleet);
  write_service(out, view);
  return prometheus::TextSerializer().Serialize(out.families());
}

}  // namespace holdfast
