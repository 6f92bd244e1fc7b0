namespace Tda.Gateway.Spool;

/// <summary>The spool can take no more: its limit is reached, or the disk is full.</summary>
internal sealed class SpoolFullException(string message, Exception? inner = null) : IOException(message, inner);
