using System.Text.Json.Nodes;

namespace Tda.Core.Corpora;

/// <summary>A line of a JSON Lines file to import. Members that Tda doesn't know are left out.</summary>
internal sealed record ImportRecord(string Text)
{
    public string? Id { get; init; }

    public string? Source { get; init; }

    public string? License { get; init; }

    public string? Owner { get; init; }

    public JsonObject? Meta { get; init; }
}
