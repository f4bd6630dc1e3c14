package dev.sonde.agent.record;

import dev.sonde.exporters.profile.Profile;
import java.util.List;

/**
 * A finished recording.
 *
 * @param samples how many events the profile is made of
 * @param complete how many of their stacks reach the start of their thread
 * @param lost how many events were lost because a ring was full
 * @param notes one line each on what is missing and what would allow it
 */
public record Recorded(
    Profile profile, long samples, long complete, long lost, List<String> notes) {}
