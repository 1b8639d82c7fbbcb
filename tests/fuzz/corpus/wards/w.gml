<?xml version="1.0" encoding="utf-8" ?>
<ogr:FeatureCollection
     gml:id="aFeatureCollection"
     xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
     xsi:schemaLocation="http://ogr.maptools.org/ w.xsd"
     xmlns:ogr="http://ogr.maptools.org/"
     xmlns:gml="http://www.opengis.net/gml/3.2">
  <gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::27700"><gml:lowerCorner>508000 221000</gml:lowerCorner><gml:upperCorner>511000 222000</gml:upperCorner></gml:Envelope></gml:boundedBy>
                                                                                                                                                         
  <ogr:featureMember>
    <ogr:w gml:id="w.0">
      <gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::27700"><gml:lowerCorner>508000 221000</gml:lowerCorner><gml:upperCorner>509000 222000</gml:upperCorner></gml:Envelope></gml:boundedBy>
      <ogr:geometryProperty><gml:Polygon srsName="urn:ogc:def:crs:EPSG::27700" gml:id="w.geom.0"><gml:exterior><gml:LinearRing><gml:posList>509000 221000 509000 222000 508000 222000 508000 221000 509000 221000</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></ogr:geometryProperty>
      <ogr:WD24CD>E05999001</ogr:WD24CD>
      <ogr:WD24NM>Alder</ogr:WD24NM>
      <ogr:LAD24CD>E07999999</ogr:LAD24CD>
      <ogr:LAD24NM>Testham</ogr:LAD24NM>
      <ogr:population>100</ogr:population>
    </ogr:w>
  </ogr:featureMember>
  <ogr:featureMember>
    <ogr:w gml:id="w.1">
      <gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::27700"><gml:lowerCorner>509000 221000</gml:lowerCorner><gml:upperCorner>510000 222000</gml:upperCorner></gml:Envelope></gml:boundedBy>
      <ogr:geometryProperty><gml:Polygon srsName="urn:ogc:def:crs:EPSG::27700" gml:id="w.geom.1"><gml:exterior><gml:LinearRing><gml:posList>510000 221000 510000 222000 509000 222000 509000 221000 510000 221000</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></ogr:geometryProperty>
      <ogr:WD24CD>E05999002</ogr:WD24CD>
      <ogr:WD24NM>Birch</ogr:WD24NM>
      <ogr:LAD24CD>E07999999</ogr:LAD24CD>
      <ogr:LAD24NM>Testham</ogr:LAD24NM>
      <ogr:population>200</ogr:population>
    </ogr:w>
  </ogr:featureMember>
  <ogr:featureMember>
    <ogr:w gml:id="w.2">
      <gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::27700"><gml:lowerCorner>510000 221000</gml:lowerCorner><gml:upperCorner>511000 222000</gml:upperCorner></gml:Envelope></gml:boundedBy>
      <ogr:geometryProperty><gml:Polygon srsName="urn:ogc:def:crs:EPSG::27700" gml:id="w.geom.2"><gml:exterior><gml:LinearRing><gml:posList>511000 221000 511000 222000 510000 222000 510000 221000 511000 221000</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></ogr:geometryProperty>
      <ogr:WD24CD>E05999003</ogr:WD24CD>
      <ogr:WD24NM>Cedar</ogr:WD24NM>
      <ogr:LAD24CD>E07999999</ogr:LAD24CD>
      <ogr:LAD24NM>Testham</ogr:LAD24NM>
      <ogr:population>300</ogr:population>
    </ogr:w>
  </ogr:featureMember>
</ogr:FeatureCollection>
