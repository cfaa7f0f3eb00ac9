#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# paint.sh FOLDER: makes eight photographs, as far as a computer without a camera can: skies, suns, hills, of
# several sizes, upright and wide. The same ones each time.
set -eu

folder=$1
mkdir -p -- "$folder"

# paint NAME SIZE SKY HORIZON HILL SUN-X SUN-Y: SIZE is WIDTHxHEIGHT in pixels, SUN-X and SUN-Y are percent of it.
paint ()
{
  width=${2%x*} height=${2#*x}
  sun_x=$((width * $6 / 100)) sun_y=$((height * $7 / 100)) radius=$((height * 8 / 100))
  convert -size "$2" "gradient:$3-$4" \
    -fill '#fff4c2' -draw "circle $sun_x,$sun_y $sun_x,$((sun_y + radius))" \
    -fill "$5" -draw "ellipse $((width / 4)),$height $((width / 2)),$((height / 3)) 180,360" \
    -fill "$5" -draw "ellipse $((width * 4 / 5)),$height $((width * 2 / 5)),$((height / 4)) 180,360" \
    -quality 90 "$folder/$1.jpg"
}

paint 1-dawn      1200x800  '#27476e' '#f7a072' '#1b2a33' 25 70
paint 2-morning   1200x800  '#4a90d9' '#dff1ff' '#3f7d3a' 30 35
paint 3-noon      1600x900  '#1e7fd8' '#bfe3ff' '#4c9a2a' 50 12
paint 4-afternoon 700x1050  '#6aa9e0' '#f2f7fb' '#5b6b4a' 60 20
paint 5-storm     1200x800  '#2d3640' '#8b98a5' '#26302a' 80 25
paint 6-evening   1600x900  '#5b3a6e' '#ff9d5c' '#2a1f33' 72 66
paint 7-dusk      800x800   '#1a1f3d' '#c65d4b' '#131520' 50 80
paint 8-night     1050x700  '#05070f' '#1d2b53' '#02040a' 75 20
ls -- "$folder"
