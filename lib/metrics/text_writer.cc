#include "metrics/text_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace holdfast {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t kUsualLine = 100;
// Below it each whole number is a double of its own.
constexpr double kExact = 9007199254740992.0;

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, 32> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end);
}

void append_value(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "Nan";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (std::trunc(value) == value && std::abs(value) < kExact) {
    append_number(out, static_cast<std::int64_t>(value));
  } else {
    append_number(out, value);
  }
}

void append_escaped(std::string& out, std::string_view text) {
  if (text.find_first_of("\\\n\"") == std::string_view::npos) {
    out += text;
    return;
  }
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
}

/// One sample's line; `suffix` follows the family's name, `le` the labels, if it is not empty.
class Line {
 public:
  Line(std::string& out, const MetricFamily& family, std::string_view suffix) : out_(out) {
    out_ += family.name;
    out_ += suffix;
  }

  Line& labels(const ClientMetric& metric) {
    for (const auto& label : metric.label)
      this->label(label.name, label.value);
    return *this;
  }

  Line& label(std::string_view name, std::string_view value) {
    out_ += labelled_ ? ',' : '{';
    labelled_ = true;
    out_ += name;
    out_ += "=\"";
    append_escaped(out_, value);
    out_ += '"';
    return *this;
  }

  void value(double value) {
    before_value();
    append_value(out_, value);
    out_ += '\n';
  }

  void value(std::uint64_t value) {
    before_value();
    append_number(out_, value);
    out_ += '\n';
  }

 private:
  void before_value() { out_ += labelled_ ? "} " : " "; }

  std::string& out_;
  bool labelled_ = false;
};

void append_histogram(std::string& out, const MetricFamily& family, const ClientMetric& metric) {
  const auto& histogram = metric.histogram;
  Line(out, family, "_count").labels(metric).value(histogram.sample_count);
  Line(out, family, "_sum").labels(metric).value(histogram.sample_sum);
  for (const auto& bucket : histogram.bucket) {
    std::string bound;
    append_value(bound, bucket.upper_bound);
    Line(out, family, "_bucket").labels(metric).label("le", bound).value(bucket.cumulative_count);
  }
  Line(out, family, "_bucket").labels(metric).label("le", "+Inf").value(histogram.sample_count);
}

/// The word for a type; nullptr: none of ours.
const char* word_of(MetricType type) noexcept {
  if (type == MetricType::Counter) return "counter";
  if (type == MetricType::Gauge) return "gauge";
  return type == MetricType::Histogram ? "histogram" : nullptr;
}

void append_family(std::string& out, const MetricFamily& family) {
  const char* type = word_of(family.type);
  if (type == nullptr) return;
  out.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n# TYPE ");
  out.append(family.name).append(" ").append(type).append("\n");
  for (const ClientMetric& metric : family.metric) {
    if (family.type == MetricType::Histogram) {
      append_histogram(out, family, metric);
    } else {
      const bool counts = family.type == MetricType::Counter;
      Line(out, family, "")
          .labels(metric)
          .value(counts ? metric.counter.value : metric.gauge.value);
    }
  }
}

}  // namespace

std::string write_text(const std::vector<MetricFamily>& families) {
  std::size_t samples = 0;
  for (const MetricFamily& family : families) {
    const std::size_t each = family.type == MetricType::Histogram ? 15 : 1;
    samples += 2 + each * family.metric.size();
  }
  std::string out;
  out.reserve(samples * kUsualLine);
  for (const MetricFamily& family : families)
    append_family(out, family);
  return out;
}

}  // namespace holdfast
