#include "metrics/text_writer.h"

#include <cmath>
#include <limits>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

namespace holdfast {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, MetricType type) {
  MetricFamily made;
  made.name = name;
  made.help = "What it counts.";
  made.type = type;
  return made;
}

ClientMetric sample(double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric made;
  made.label = std::move(labels);
  made.counter.value = made.gauge.value = value;
  return made;
}

/// Comments as they are, values by their series.
struct Parsed {
  std::vector<std::string> comments;
  std::map<std::string, double> values;
};

Parsed parse(const std::string& text) {
  Parsed parsed;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) {
      parsed.comments.push_back(line);
      continue;
    }
    const auto space = line.rfind(' ');
    std::string series = line.substr(0, space);
    // The bound of a bucket is a number, too, and may be written in more than one way.
    if (const auto le = series.find("le=\""); le != std::string::npos) {
      series = series.substr(0, le) + std::to_string(std::stod(series.substr(le + 4)));
    }
    EXPECT_FALSE(parsed.values.contains(series)) << "twice: " << series;
    parsed.values[series] = std::stod(line.substr(space + 1));
  }
  return parsed;
}

void expect_the_librarys(const std::vector<MetricFamily>& families) {
  const Parsed ours = parse(write_text(families));
  const Parsed theirs = parse(prometheus::TextSerializer().Serialize(families));
  EXPECT_EQ(ours.comments, theirs.comments);
  ASSERT_EQ(ours.values.size(), theirs.values.size());
  for (const auto& [series, value] : theirs.values) {
    ASSERT_TRUE(ours.values.contains(series)) << series;
    // It cuts numbers to 16 digits, we do not.
    EXPECT_NEAR(ours.values.at(series), value, 1e-15 * std::abs(value)) << series;
  }
}

TEST(TextWriter, says_what_the_library_says) {
  auto counter = family("c_total", MetricType::Counter);
  for (const double value : {0.0, 1.0, 12345.0, 9007199254740991.0, 1e17, 1.8e19})
    counter.metric.push_back(sample(value, {{"n", std::to_string(value)}}));
  auto gauge = family("g", MetricType::Gauge);
  gauge.metric.push_back(sample(0.1));
  for (const double value : {-3.0, 0.05, 1e-9, -2.5e-7, 1777777777.123456, 0.1 + 0.2})
    gauge.metric.push_back(sample(value, {{"a", "x"}, {"b", std::to_string(value)}}));
  auto histogram = family("h_seconds", MetricType::Histogram);
  ClientMetric& metric = histogram.metric.emplace_back();
  metric.label = {{"upstream", "quad9"}};
  metric.histogram.sample_count = 7;
  metric.histogram.sample_sum = 0.625;
  metric.histogram.bucket = {{1, 0.001}, {5, 0.25}};
  expect_the_librarys({counter, gauge, histogram, family("empty", MetricType::Gauge)});
}

TEST(TextWriter, escapes_as_the_library_does) {
  auto gauge = family("g", MetricType::Gauge);
  gauge.metric.push_back(sample(1, {{"route", "a\"b\\c\nd"}}));
  gauge.metric.push_back(sample(2, {{"route", R"(<script>\046.example)"}}));
  EXPECT_EQ(write_text({gauge}), prometheus::TextSerializer().Serialize({gauge}));
}

TEST(TextWriter, knows_what_is_no_number) {
  auto gauge = family("g", MetricType::Gauge);
  const double inf = std::numeric_limits<double>::infinity();
  gauge.metric = {sample(inf, {{"n", "1"}}), sample(-inf, {{"n", "2"}}),
                  sample(std::numeric_limits<double>::quiet_NaN(), {{"n", "3"}})};
  EXPECT_EQ(write_text({gauge}), prometheus::TextSerializer().Serialize({gauge}));
}

}  // namespace
}  // namespace holdfast
