namespace Tda.Store;

/// <summary>What an export wrote.</summary>
/// <param name="Path">The JSON Lines file.</param>
/// <param name="Exchanges">Lines in it, one exchange each, oldest first.</param>
/// <param name="Sha256">The file's SHA-256, lower-case hex.</param>
/// <param name="Manifest">The manifest beside it.</param>
/// <param name="Resumed">Exchanges that an interrupted run had written already.</param>
public sealed record ExchangeExport(string Path, long Exchanges, string Sha256, string Manifest, long Resumed);
