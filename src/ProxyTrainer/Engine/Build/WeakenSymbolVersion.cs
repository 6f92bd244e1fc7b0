using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;

/// <summary>
/// Build step: makes TorchSharp's native library load where the system's libstdc++ is older than GCC 13's.
/// </summary>
/// <remarks>
/// libLibTorchSharp.so asks for GLIBCXX_3.4.32 because of one symbol, <c>std::ios_base_library_init</c>, that no relocation refers to, so
/// nothing of that version is ever called. Debian 12 has GLIBCXX_3.4.30, and its loader refuses the file. The step sets
/// <c>VER_FLG_WEAK</c> on that one entry of <c>.gnu.version_r</c> in the output's copy; the loader then accepts that the version is
/// missing. The package's file stays as it is: outputs are links to it, so the link is replaced by a changed file.
/// Compiled by MSBuild for netstandard2.0 (Engine.targets), and by the tests.
/// </remarks>
public class WeakenSymbolVersion : Microsoft.Build.Utilities.Task
{
    private const int VersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const int Weak = 2; // VER_FLG_WEAK

    /// <summary>The library in the output folder; nothing is done where it isn't there.</summary>
    [Required]
    public string Library { get; set; } = "";

    /// <summary>The version that may be missing.</summary>
    [Required]
    public string Version { get; set; } = "";

    /// <summary>Where the system's libstdc++.so.6 may be, separated by semicolons; the first that exists is asked.</summary>
    [Required]
    public string StandardLibraries { get; set; } = "";

    /// <summary>Whether the file was changed.</summary>
    [Output]
    public bool Changed { get; set; }

    public override bool Execute()
    {
        if (!File.Exists(Library))
        {
            return true;
        }

        var system = Array.Find(StandardLibraries.Split(';'), File.Exists);
        if (system == null)
        {
            Log.LogMessage(MessageImportance.High, "No libstdc++.so.6 was found in {0}: {1} stays as it is.", StandardLibraries, Library);
            return true;
        }
        if (Contains(File.ReadAllBytes(system), Version))
        {
            return true;
        }

        try
        {
            Changed = Weaken(Library, Version);
        }
        catch (InvalidDataException error)
        {
            Log.LogError(
                "{0} needs {1}, which {2} doesn't have, and it can't be changed: {3} Use a system with GCC 13's libstdc++ (Debian 13, Ubuntu 24.04) or newer.",
                Library, Version, system, error.Message);
        }
        return !Log.HasLoggedErrors;
    }

    /// <summary>Marks one needed version as weak. The file is replaced, not written into, and keeps its time.</summary>
    /// <returns>False where it was weak before, or isn't needed.</returns>
    /// <exception cref="InvalidDataException">Not a 64-bit little-endian ELF file with section headers, or a damaged one.</exception>
    public static bool Weaken(string path, string version)
    {
        var bytes = File.ReadAllBytes(path);
        var strong = Entries(bytes, version).FindAll(flags => (Number(bytes, flags, 2) & Weak) == 0);
        if (strong.Count == 0)
        {
            return false;
        }

        strong.ForEach(flags => bytes[flags] |= Weak);

        var written = File.GetLastWriteTimeUtc(path);
        var part = path + ".part";
        File.Copy(path, part, overwrite: true); // takes over the permissions
        File.WriteAllBytes(part, bytes);
        File.SetLastWriteTimeUtc(part, written); // or the next build would take it for an old file and link it anew
        File.Delete(path);
        File.Move(part, path);
        return true;
    }

    /// <summary>Offsets of the flags of every needed version with that name.</summary>
    private static List<int> Entries(byte[] elf, string version)
    {
        if (elf.Length < 64 || Number(elf, 0, 4) != 0x464c457f || elf[4] != 2 || elf[5] != 1)
        {
            throw new InvalidDataException("It is not a 64-bit little-endian ELF file.");
        }

        var found = new List<int>();
        int headers = (int)Number(elf, 0x28, 8), size = (int)Number(elf, 0x3a, 2), count = (int)Number(elf, 0x3c, 2);
        for (var section = 0; section < count; section++)
        {
            var header = headers + (section * size);
            if (Number(elf, header + 4, 4) != VersionNeeds)
            {
                continue;
            }

            var names = (int)Number(elf, headers + ((int)Number(elf, header + 40, 4) * size) + 24, 8);
            var need = (int)Number(elf, header + 24, 8);
            for (var n = Number(elf, header + 44, 4); n > 0; n--)
            {
                var entry = need + (int)Number(elf, need + 8, 4);
                for (var e = Number(elf, need + 2, 2); e > 0; e--)
                {
                    if (Text(elf, names + (int)Number(elf, entry + 8, 4)) == version)
                    {
                        found.Add(entry + 4);
                    }

                    entry += (int)Number(elf, entry + 12, 4);
                }
                need += (int)Number(elf, need + 12, 4);
            }
        }
        return found;
    }

    private static long Number(byte[] bytes, int offset, int length)
    {
        if (offset < 0 || offset + length > bytes.Length)
        {
            throw new InvalidDataException("An offset in it lies outside of it.");
        }

        long value = 0;
        for (var i = length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[offset + i];
        }

        return value;
    }

    private static string Text(byte[] bytes, int offset)
    {
        if (offset < 0 || offset >= bytes.Length)
        {
            throw new InvalidDataException("An offset in it lies outside of it.");
        }

        var end = Array.IndexOf(bytes, (byte)0, offset);
        return Encoding.ASCII.GetString(bytes, offset, (end < 0 ? bytes.Length : end) - offset);
    }

    private static bool Contains(byte[] bytes, string text) =>
        Encoding.ASCII.GetString(bytes).IndexOf(text + "\0", StringComparison.Ordinal) >= 0;
}
