using Tda.Core.Exchanges;

namespace Tda.Gateway.Parsing;

/// <summary>What the parser reads: the copies of both bodies and how they were sent.</summary>
internal sealed record RecordedExchange(
    string Route,
    int? Status,
    RecordedBody Request,
    string? RequestEncoding,
    RecordedBody Response,
    string? ResponseEncoding,
    bool Streamed);
