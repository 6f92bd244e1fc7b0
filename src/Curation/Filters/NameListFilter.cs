using System.IO.Enumeration;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Filters;

/// <summary>Leaves out documents by a name that they carry: their licence or their source. Case makes no difference; '*' stands for any characters and '?' for one.</summary>
public sealed class NameListFilter : DocumentFilter
{
    private readonly string _field;
    private readonly Func<Document, string?> _name;
    private readonly IReadOnlyList<string> _allow;
    private readonly IReadOnlyList<string> _deny;
    private readonly MissingName _missing;

    private NameListFilter(string field, Func<Document, string?> name, IReadOnlyList<string> allow, IReadOnlyList<string> deny, MissingName missing)
        : base(field)
    {
        (_field, _name, _allow, _deny, _missing) = (field, name, allow, deny, missing);
        Rule = $"{field}: {(allow.Count > 0 ? $"only {string.Join(", ", allow)}" : "any")}{(deny.Count > 0 ? $", not {string.Join(", ", deny)}" : "")}; without one: {missing.ToString().ToLowerInvariant()}";
    }

    /// <summary>By licence. What has none is kept unless the plan says otherwise, and then only where no list of allowed ones is given.</summary>
    public static StageKind Licence { get; } = Of("licence", "Leaves out documents by their licence.", document => document.License);

    /// <summary>By source.</summary>
    public static StageKind Sources { get; } = Of("sources", "Leaves out documents by their source.", document => document.Source);

    public override string Rule { get; }

    public override Decision? Judge(Document document)
    {
        var name = _name(document);
        if (string.IsNullOrWhiteSpace(name))
        {
            return _missing == MissingName.Drop ? DropFor("missing", null) : null;
        }

        return _deny.Any(Matches) ? DropFor("denied", name)
            : _allow.Count > 0 && !_allow.Any(Matches) ? DropFor("not_allowed", name)
            : null;

        bool Matches(string pattern) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true);

        Decision DropFor(string reason, string? evidence) => new(document.Id, CurationAction.Drop, Rule)
        {
            Reason = $"{_field}_{reason}",
            Evidence = evidence is null ? null : Evidence.Of(evidence),
        };
    }

    private static StageKind Of(string field, string summary, Func<Document, string?> name) => new(
        field, summary, "allow [], deny [], missing keep|drop (drop where allow is given)", (options, _) =>
        {
            var (allow, deny) = (options.Texts("allow"), options.Texts("deny"));
            if (allow.Count + deny.Count == 0)
            {
                options.Fail("allow", "give a list of names to allow, or to deny");
            }

            return new NameListFilter(field, name, allow, deny, options.Choice("missing", allow.Count > 0 ? MissingName.Drop : MissingName.Keep));
        });
}

/// <summary>What happens to a document without the name that <see cref="NameListFilter"/> asks for.</summary>
public enum MissingName
{
    Keep,
    Drop,
}
