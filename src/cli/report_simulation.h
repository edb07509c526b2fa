#pragma once
// What the simulated card gives a report.

#include "cli/report_subject.h"

namespace godwit {

/// Times, power, utilisation, stalls, the timeline of one decode step and the resources of the card; or why they are
/// missing.
void add_simulation(report::Evidence& evidence, const ReportSubject& subject, bool quiet, ThreadPool& pool);

}  // namespace godwit
