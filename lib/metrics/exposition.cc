#include "metrics/exposition.h"

#include "metrics/series.h"
#include "metrics/text_writer.h"

namespace holdfast {

std::string metrics_text(const MetricsView& view) {
  SeriesWriter out;
  write_traffic(out, view);
  write_upstreams(out, view);
  write_endpoints(out, view);
  write_store(out, view);
  if (view.fleet) write_fleet(out, *view.fleet);
  write_service(out, view);
  return write_text(out.families());
}

}  // namespace holdfast
