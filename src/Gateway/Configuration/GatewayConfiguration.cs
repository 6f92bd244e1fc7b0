using System.Security.Cryptography;

namespace Tda.Gateway.Configuration;

/// <summary>Where a gateway's options come from: a file, environment variables over it, options of the command line over both.</summary>
public sealed class GatewayConfiguration
{
    private const int LongestFile = 4 << 20;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly IReadOnlyList<ConfigOverride> _commandLine;
    private byte[]? _piped;

    /// <param name="path">The file: JSON, with comments and trailing commas; null for none.</param>
    /// <param name="environment">Environment variables, of which those that start with <c>TDA_GATEWAY__</c> count.</param>
    /// <param name="commandLine">What was given on the command line.</param>
    public GatewayConfiguration(
        string? path, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<ConfigOverride>? commandLine = null)
    {
        File = path is null ? null : Path.GetFullPath(path);
        _environment = environment ?? new Dictionary<string, string>();
        _commandLine = commandLine ?? [];
    }

    /// <summary>The file's full path; null for none. A pipe's content is read once and never changes.</summary>
    public string? File { get; }

    /// <summary>This process's environment variables.</summary>
    public static IReadOnlyDictionary<string, string> ProcessEnvironment() => Environment.GetEnvironmentVariables()
        .Cast<System.Collections.DictionaryEntry>()
        .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "", StringComparer.Ordinal);

    /// <summary>Reads and checks everything.</summary>
    /// <exception cref="UsageException">Something is wrong; the message lists everything, with file and line.</exception>
    public GatewayOptions Load()
    {
        var result = Read();
        return result.Options ?? throw new UsageException(
            "the gateway can't start:" + string.Concat(result.Errors.Select(error => "\n  - " + error)));
    }

    /// <summary>Reads and checks everything; what is wrong is in the result.</summary>
    public ConfigurationResult Read()
    {
        if (File is null)
        {
            return Check([]);
        }

        var (content, error) = Content();
        return content is null ? new(null, [error!], null) : Check(content);
    }

    /// <summary>The file's hash now; null when it can't be read.</summary>
    internal string? Fingerprint() => Content().Content is { } content ? Convert.ToHexStringLower(SHA256.HashData(content)) : null;

    private ConfigurationResult Check(byte[] content)
    {
        var errors = new List<ConfigError>();
        var fingerprint = Convert.ToHexStringLower(SHA256.HashData(content));
        var name = Path.GetFileName(File) ?? "command line";
        var root = File is null ? new ConfigNode(JsonValueKind.Object, "", name) : ConfigReader.Read(content, name, errors);
        if (root is { Kind: not JsonValueKind.Object })
        {
            errors.Add(new(root.Origin, "", "the file must hold one object { … }"));
        }

        if (root is not { Kind: JsonValueKind.Object })
        {
            return new(null, [.. errors.Select(error => error.ToString())], fingerprint);
        }

        foreach (var change in ConfigOverlay.FromEnvironment(_environment).Concat(_commandLine))
        {
            ConfigOverlay.Apply(root, change, errors);
        }

        var options = new ConfigBinder(errors).Bind<GatewayOptions>(root);
        errors.AddRange([.. options.Errors()
            .Where(error => !errors.Exists(known => known.Path.Length > 0 && ConfigPath.IsAtOrBelow(error.Path, known.Path)))
            .Select(error => new ConfigError(OriginOf(error.Path, root, ""), error.Path, error.Message))]);
        return new(errors.Count == 0 ? options : null, [.. errors.Select(error => error.ToString())], fingerprint);
    }

    /// <summary>Where an option was given, or else the innermost of its groups.</summary>
    private static string OriginOf(string option, ConfigNode node, string path)
    {
        foreach (var (name, value) in node.Members)
        {
            var member = ConfigPath.Member(path, name);
            if (ConfigPath.IsAtOrBelow(option, member))
            {
                return OriginOf(option, value, member);
            }
        }

        return node.Origin;
    }

    private (byte[]? Content, string? Error) Content()
    {
        try
        {
            if (_piped is not null)
            {
                return (_piped, null);
            }

            using var file = System.IO.File.Open(File!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var content = new MemoryStream();
            var piece = new byte[16 << 10];
            while (file.Read(piece) is var read and > 0)
            {
                content.Write(piece, 0, read);
                if (content.Length > LongestFile)
                {
                    return (null, $"{File}: is longer than {LongestFile >> 20} MiB, which no configuration is");
                }
            }

            var bytes = content.ToArray();
            _piped = file.CanSeek ? null : bytes;
            return (bytes, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (null, error is FileNotFoundException or DirectoryNotFoundException ? $"{File}: there is no such file" : error.Message);
        }
    }
}

/// <summary>What reading a configuration gave.</summary>
/// <param name="Options">The options; null when something is wrong.</param>
/// <param name="Errors">Everything that is wrong, with file and line.</param>
/// <param name="Fingerprint">The file's hash; null when it could not be read.</param>
public sealed record ConfigurationResult(GatewayOptions? Options, IReadOnlyList<string> Errors, string? Fingerprint);
