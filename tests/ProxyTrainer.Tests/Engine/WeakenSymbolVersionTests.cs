using Tda.ProxyTrainer.Engine;
using Tda.TestKit;

namespace Tda.ProxyTrainer.Tests.Engine;

/// <summary>On a copy of the package's real library, as the build gets it.</summary>
public sealed class WeakenSymbolVersionTests : IDisposable
{
    private const string Version = "GLIBCXX_3.4.32";
    private readonly TempDirectory _directory = new();
    private readonly string _library;

    public WeakenSymbolVersionTests()
    {
        _library = _directory["libLibTorchSharp.so"];
        File.Copy(Path.Combine(NativeEngine.LibTorchFolder, "libLibTorchSharp.so"), _library);
        // The output's copy was changed by the build where this system needs it: back to what the package has.
        var bytes = File.ReadAllBytes(_library);
        foreach (var flags in FlagsOf(bytes, Version))
        {
            bytes[flags] &= 0xfd;
        }

        File.WriteAllBytes(_library, bytes);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Weaken_TheRealLibrary_ChangesOneBitOfOneEntry()
    {
        var before = File.ReadAllBytes(_library);

        Assert.True(WeakenSymbolVersion.Weaken(_library, Version));

        var after = File.ReadAllBytes(_library);
        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToArray();
        Assert.Equal(FlagsOf(before, Version), changed);
        Assert.Single(changed);
        Assert.Equal(before[changed[0]] | 2, after[changed[0]]);
    }

    [Fact]
    public void Weaken_AFileThatIsLinkedElsewhere_LeavesTheOtherNameAsItWas()
    {
        var package = _directory["package.so"];
        File.Move(_library, package);
        File.CreateSymbolicLink(_library, package);
        var before = File.ReadAllBytes(package);

        Assert.True(WeakenSymbolVersion.Weaken(_library, Version));

        Assert.Equal(before, File.ReadAllBytes(package));
        Assert.Null(new FileInfo(_library).LinkTarget);
    }

    [Fact]
    public void Weaken_Twice_ChangesNothingMore()
    {
        WeakenSymbolVersion.Weaken(_library, Version);
        var written = File.GetLastWriteTimeUtc(_library);

        Assert.False(WeakenSymbolVersion.Weaken(_library, Version));
        Assert.False(WeakenSymbolVersion.Weaken(_library, "GLIBCXX_99"));
        Assert.Equal(written, File.GetLastWriteTimeUtc(_library));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(200_000)]
    public void Weaken_ATruncatedFile_IsRefused(int length)
    {
        using (var stream = File.OpenWrite(_library))
        {
            stream.SetLength(length);
        }

        Assert.Throws<InvalidDataException>(() => WeakenSymbolVersion.Weaken(_library, Version));
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.30\0GLIBCXX_3.4.31\0", true)]
    [InlineData("GLIBCXX_3.4.31\0GLIBCXX_3.4.32\0", false)]
    public void Execute_ChangesTheFileOnlyWhereTheSystemLacksTheVersion(string standardLibrary, bool changed)
    {
        File.WriteAllText(_directory["libstdc++.so.6"], standardLibrary);
        var before = File.ReadAllBytes(_library);
        var step = new WeakenSymbolVersion
        {
            Library = _library,
            Version = Version,
            StandardLibraries = $"{_directory["nowhere.so"]};{_directory["libstdc++.so.6"]}",
        };

        Assert.True(step.Execute());

        Assert.Equal(changed, step.Changed);
        Assert.Equal(changed, !before.SequenceEqual(File.ReadAllBytes(_library)));
    }

    /// <summary>
    /// Offsets of the flags, found without the section headers that the step goes by: every Vernaux holds the ELF hash of the version's
    /// name, its flags, its index (2..255) and the name's offset.
    /// </summary>
    private static int[] FlagsOf(byte[] elf, string version)
    {
        uint hash = 0;
        foreach (var c in Encoding.ASCII.GetBytes(version))
        {
            hash = (hash << 4) + c;
            var high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return
        [
            .. Enumerable.Range(0, (elf.Length - 16) / 4).Select(i => i * 4)
                .Where(i => BitConverter.ToUInt32(elf, i) == hash && BitConverter.ToUInt16(elf, i + 6) is > 1 and < 256
                    && BitConverter.ToUInt16(elf, i + 4) is 0 or 2 && BitConverter.ToUInt32(elf, i + 12) is 0 or 16)
                .Select(i => i + 4),
        ];
    }
}
