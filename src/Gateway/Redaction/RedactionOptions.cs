using System.Text.Json.Serialization;

namespace Tda.Gateway.Redaction;

/// <summary>What is masked in everything that is stored; what clients get is never touched.</summary>
public sealed record RedactionOptions
{
    /// <summary>Whether anything is masked. Headers and parameters with secret names are replaced in any case. Default true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The detectors in use, of <c>api_key</c>, <c>password</c>, <c>email</c>, <c>phone</c>, <c>card</c>, <c>iban</c> and <c>national_id</c>. Default all.</summary>
    public IReadOnlyList<string> Detectors { get; init; } = SecretKinds.Names;

    /// <summary>
    /// Further patterns: name → regular expression without look-around and back-references, run in time linear in the
    /// text. The name stands in the mask. Default none.
    /// </summary>
    public IReadOnlyDictionary<string, string> Patterns { get; init; } = new Dictionary<string, string>();

    /// <summary>Detectors that a host program adds. Default none.</summary>
    [JsonIgnore]
    public IReadOnlyList<ISecretDetector> Custom { get; init; } = [];

    internal IEnumerable<OptionError> Errors()
    {
        foreach (var name in Detectors.Where(name => !SecretKinds.Names.Contains(name)))
        {
            yield return new("redaction.detectors", $"'{name}' isn't one of {string.Join(", ", SecretKinds.Names)}");
        }

        foreach (var (name, pattern) in Patterns)
        {
            if (PatternDetector.Error(name, pattern) is { } error)
            {
                yield return new(ConfigPath.Member("redaction.patterns", name), error);
            }
        }
    }
}
