#pragma once
// A report with everything in it, and texts that try to be markup.

#include "report/evidence.h"

namespace godwit::report {

inline constexpr const char* nasty = "a|b <script>alert(1)</script> & \"c\" 'd' `e` *f* [g](h) \\";

inline Evidence full_evidence() {
  const Origin simulated{Kind::simulated, "godwit simulate embedded --card u280 --json"};
  const Origin measured{Kind::measured, "godwit run embedded -p 'x | y' --json"};
  const Origin estimated{Kind::estimated, "godwit compile embedded -o FILE.godwit"};
  const Origin quoted{Kind::quoted, "Somebody, 2025, https://arxiv.org/abs/0000.00000"};
  Evidence e;
  e.model = std::string("embedded ") + nasty;
  e.card = "u280";
  e.made = "Made by a test";
  e.facts = {{"clock", "225 MHz, assumed"}, {"model", nasty}};
  e.headline = {{"ttft_ms", "time to the first token", "ms", {0.5, simulated, {}}},
                {"watts", "power", "W", {std::nullopt, {}, "No power here."}},
                {"bandwidth_utilisation", "bandwidth", "share", {0.75, simulated, {}}},
                {"zero", "nothing at all", "", {0.0, measured, {}}}};
  e.sample = Sample{"In the beginning", std::string(" was ") + nasty + "\n\x01\xff", 12, measured};
  e.goals = {{"latency a token", "ms", true, {2.0, quoted, "llama.cpp"}, {1.0, simulated, {}}},
             {"energy a token", "J", true, {1.0, measured, {}}, {}}};
  e.systems = {{.name = "llama.cpp",
                .model = "embedded",
                .precision = "q8_0",
                .place = nasty,
                .lengths = "32/32",
                .ttft_ms = {4.4, measured, {}},
                .ms_per_token = {0.43, measured, "± 0.09 ms"},
                .tokens_per_second = {2214, measured, {}},
                .tokens_per_joule = {}},
               {.name = "FlightLLM",
                .model = "LLaMA2-7B",
                .precision = "",
                .place = "U280",
                .lengths = "",
                .ttft_ms = {},
                .ms_per_token = {},
                .tokens_per_second = {55, quoted, {}},
                .tokens_per_joule = {1.22, quoted, {}}},
               {.name = "standing still",
                .model = "",
                .precision = "",
                .place = "",
                .lengths = "",
                .ttft_ms = {},
                .ms_per_token = {},
                .tokens_per_second = {0.0, measured, {}},
                .tokens_per_joule = {}}};
  e.roofline = {.bytes_per_second = 460.8e9,
                .macs_per_second = 921.6e9,
                .origin = estimated,
                .points = {{"decode", 0.97, 400e9, simulated}, {nasty, 120, 600e9, estimated}},
                .missing = {}};
  e.timeline = {.units = {"stream", "mpe"},
                .spans = {{0, 0, 40, "stream weights"}, {0, 40, 90, nasty}, {1, 10, 100, "multiply"}},
                .cycles = 100,
                .megahertz = 225,
                .origin = simulated,
                .missing = {}};
  e.stalls = {.unit = "cycles",
              .parts = {{"at work", 70}, {"memory", 30}, {"never", 0}},
              .whole = 0,
              .origin = simulated,
              .missing = {}};
  e.traffic = {
      .unit = "bytes", .parts = {{"weights", 1e6}, {"KV read", 2e4}}, .whole = 0, .origin = estimated, .missing = {}};
  e.resources = {{"DSP", {5472, estimated, {}}, 9024}, {"LUT", {std::nullopt, {}, {}}, std::nullopt}};
  e.quality.figures = {{"perplexity", "perplexity", "", {21.5, measured, "over 100 tokens"}}};
  e.quality.layers = {{"wpe", 0, 3.5}, {"h.0", 0.001, 2}};
  e.quality.layers_origin = measured;
  return e;
}

/// Nothing could be had.
inline Evidence empty_evidence() {
  Evidence e;
  e.model = "shape:llama2-7b";
  e.card = "u280";
  e.made = "Made by a test";
  e.no_sample = "no weights";
  e.systems_missing = "no systems";
  e.resources_missing = "no synthesis";
  for (std::string* missing :
       {&e.roofline.missing, &e.timeline.missing, &e.stalls.missing, &e.traffic.missing, &e.quality.missing}) {
    *missing = "the simulator is not there";
  }
  return e;
}

}  // namespace godwit::report
