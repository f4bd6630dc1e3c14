package dev.sonde.probes.uprobe;

import dev.sonde.probes.AttachException;
import dev.sonde.probes.KprobeTarget;
import dev.sonde.probes.TracepointTarget;
import dev.sonde.probes.UprobeTarget;
import dev.sonde.probes.UsdtTarget;
import dev.sonde.probes.elf.ElfImage;
import dev.sonde.probes.elf.ElfSymbol;
import dev.sonde.vm.btf.ObjectFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Resolves targets to places. One batch: a binary is read once, whatever asks for it. */
public final class SiteFinder {
  /** More places than this for one target is a mistake in its glob. */
  private static final int MAX_SITES = 2000;

  private final BinaryPath paths = new BinaryPath(Path.of("/proc"));
  private final Tracefs tracefs;
  private final Pmus pmus;
  private final KernelFunctions kernel;
  private final Map<Path, Binary> binaries = new HashMap<>();

  public SiteFinder(Tracefs tracefs, Pmus pmus, KernelFunctions kernel) {
    this.tracefs = tracefs;
    this.pmus = pmus;
    this.kernel = kernel;
  }

  /**
   * Returns the places of a function, of all functions that its glob matches.
   *
   * @throws AttachException if there is none
   */
  public List<UprobeSite> find(UprobeTarget target) {
    Binary binary = binary(paths.find(target.path(), target.scope()));
    if (target.isFileOffset()) {
      return List.of(atOffset(binary, target));
    }
    Map<Long, ElfSymbol> found = functions(binary, target);
    List<UprobeSite> sites = new ArrayList<>();
    found.forEach((address, symbol) -> sites.add(site(binary, target, symbol.name(), address)));
    return sites;
  }

  /**
   * Returns all locations of a static probe, of all probes that its globs match.
   *
   * @throws AttachException if there is none
   */
  public List<UprobeSite> find(UsdtTarget target) {
    Binary binary = binary(paths.find(target.path(), target.scope()));
    NamePattern providers = new NamePattern(target.provider());
    NamePattern names = new NamePattern(target.name());
    NamePattern dashed = new NamePattern(target.name().replace("-", "__"));
    List<UsdtProbe> all = probes(binary);
    List<UprobeSite> sites = new ArrayList<>();
    for (UsdtProbe probe : all) {
      boolean named = names.matches(probe.name()) || dashed.matches(probe.name());
      if (named && providers.matches(probe.provider())) {
        sites.add(site(binary, probe));
      }
    }
    if (sites.isEmpty()) {
      throw new AttachException(
          "%s: %s has no such static probe, want %s"
              .formatted(target, binary.file(), NearProbes.of(target, all)));
    }
    return limited(sites, target.toString());
  }

  /**
   * Returns the kernel functions that {@code target} names.
   *
   * @throws AttachException if the kernel has no such function, or no kprobes
   */
  public List<KprobeSite> find(KprobeTarget target) {
    if (!pmus.has("kprobe")) {
      throw new AttachException(
          "%s: this kernel has no kprobes (no event source \"kprobe\": CONFIG_KPROBE_EVENTS is not set), want a tracepoint (tracepoint/CATEGORY/NAME) or a kernel that has them"
              .formatted(target));
    }
    List<KprobeSite> sites = new ArrayList<>();
    for (String function : kernel.matching(target.function())) {
      sites.add(new KprobeSite(function, target.offsetBytes(), target.returns()));
    }
    return limited(sites, target.toString());
  }

  /** Returns the tracepoints that {@code target} names. */
  public List<TracepointSite> find(TracepointTarget target) {
    return limited(
        tracefs.find(target).stream().map(TracepointSite::new).toList(), target.toString());
  }

  private Binary binary(Path file) {
    return binaries.computeIfAbsent(file, Binary::open);
  }

  private static Map<Long, ElfSymbol> functions(Binary binary, UprobeTarget target) {
    Map<Long, ElfSymbol> found = SymbolSearch.find(binary, target.symbol());
    if (found.isEmpty()) {
      throw new AttachException(
          "%s: %s has no function \"%s\"%s, want %s"
              .formatted(
                  target,
                  binary.file(),
                  target.symbol(),
                  binary.image().hasSymbolTable() ? "" : " among what it exports (it is stripped)",
                  SymbolSearch.near(binary, target.symbol())));
    }
    limited(List.copyOf(found.keySet()), target.toString());
    return found;
  }

  private static UprobeSite site(Binary binary, UprobeTarget target, String name, long address) {
    long offset = fileOffset(binary, address + target.offsetBytes(), target.toString());
    String plus = target.offsetBytes() == 0 ? "" : "+0x" + Long.toHexString(target.offsetBytes());
    return new UprobeSite(
        binary.name() + ":" + name + plus,
        binary.file(),
        offset,
        0,
        target.returns(),
        null,
        price(binary, offset, target, name));
  }

  private static UprobeSite atOffset(Binary binary, UprobeTarget target) {
    long offset = target.fileOffset();
    long address = binary.image().addressOf(offset);
    if (address < 0) {
      throw new AttachException(
          "%s: offset 0x%x of %s is in no segment, want an insn's"
              .formatted(target, offset, binary.file()));
    }
    return new UprobeSite(
        binary.name() + ":0x" + Long.toHexString(offset),
        binary.file(),
        offset,
        0,
        target.returns(),
        null,
        price(binary, offset, target, target.symbol()));
  }

  private static UprobeSite site(Binary binary, UsdtProbe probe) {
    String name = binary.name() + ":" + probe.provider() + ":" + probe.name();
    long semaphore =
        probe.semaphoreAddress() == 0 ? 0 : semaphoreOffset(binary, probe.semaphoreAddress(), name);
    return new UprobeSite(
        name,
        binary.file(),
        fileOffset(binary, probe.address(), name),
        semaphore,
        false,
        probe,
        "");
  }

  private static long semaphoreOffset(Binary binary, long address, String name) {
    long offset = fileOffset(binary, address, name);
    if (offset >>> 32 != 0) {
      throw new AttachException(
          "%s: its semaphore is at offset 0x%x, want one below 4 GiB".formatted(name, offset));
    }
    return offset;
  }

  private static long fileOffset(Binary binary, long address, String what) {
    long offset = binary.image().fileOffsetOf(address);
    if (offset < 0) {
      throw new AttachException(
          "%s: address 0x%x is not in %s".formatted(what, address, binary.file()));
    }
    return offset;
  }

  /** Says what a call costs where the kernel must single-step, and what would be cheaper. */
  private static String price(Binary binary, long fileOffset, UprobeTarget target, String name) {
    if (binary.image().machine() != ElfImage.MACHINE_X86_64) {
      return "";
    }
    byte[] code = InsnBytes.read(binary.file(), fileOffset, 16);
    ProbeInsn insn = ProbeInsn.of(code, 0);
    if (code.length == 0 || insn.isEmulated()) {
      return "";
    }
    ProbeInsn next = insn == ProbeInsn.ENDBR64 ? ProbeInsn.of(code, 4) : ProbeInsn.OTHER;
    String cheaper =
        next.isEmulated()
            ? "; %s/%s:%s+0x%x sees the same arguments for a tenth of that (%s)"
                .formatted(
                    target.returns() ? "uretprobe" : "uprobe",
                    target.path(),
                    name,
                    target.offsetBytes() + 4,
                    next.text())
            : "";
    return "%s: each call costs 12 to 55 us, because %s is single-stepped%s"
        .formatted(binary.name() + ":" + name, insn.text(), cheaper);
  }

  private static List<UsdtProbe> probes(Binary binary) {
    try {
      return UsdtNotes.read(binary.image());
    } catch (IOException | ObjectFormatException e) {
      throw new AttachException("%s: %s".formatted(binary.file(), e.getMessage()), e);
    }
  }

  private static <T> List<T> limited(List<T> sites, String target) {
    if (sites.size() > MAX_SITES) {
      throw new AttachException(
          "%s: matches %d places, want at most %d: a narrower glob"
              .formatted(target, sites.size(), MAX_SITES));
    }
    return sites;
  }
}
